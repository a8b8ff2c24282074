import { InitializationError } from "../../core/context.ts";
import type { Problem, Properties } from "../../core/description.ts";
import { multipassOf } from "../../core/multipass.ts";
import { sentence } from "../../core/redact.ts";
import type { Resource } from "../../core/resource.ts";
import { Run } from "../../core/run.ts";
import { INTERNAL, unknownArgument } from "../../core/unknown-arguments.ts";
import { isMultipassError } from "../../driver/errors.ts";
import { engineLog } from "../engine-log.ts";
import { cancelSignal, shutdownSignal } from "../shutdown.ts";
import { plainProperties, travellingProperties } from "../values.ts";

const run = new Run({
  log: engineLog,
  signal: cancelSignal(),
  hold: () => shutdownSignal().release,
  multipass: (multipassPath, host) => multipassOf(multipassPath, undefined, host),
});

/** A resource as Pulumi's dynamic provider, which every state holds as `__provider`. */
export function dynamicProvider(resource: Resource) {
  return {
    async check(olds: Properties, { __canAppear, __replaceOnChanges, ...news }: Properties) {
      const { inputs, failures } = await resource.check(run, fromPulumi(olds), fromPulumi(news), {
        canAppear: __canAppear === true,
        ...(Array.isArray(__replaceOnChanges) && { replaceOnChanges: __replaceOnChanges }),
      });
      // Names no property, since Pulumi prints the whole value of one that is named, even of a secret.
      const reported = [...reserved(news), ...failures].map((problem) => ({
        property: "",
        reason: sentence(problem),
      }));
      return { inputs: toPulumi(inputs), failures: reported };
    },

    async diff(id: string, olds: Properties, news: Properties) {
      const [before, after] = [fromPulumi(olds), fromPulumi(news)];
      const { changes, replaces, deleteBeforeReplace } = await resource.diff(run, id, before, after);
      // The SDK's server of dynamic providers does not support previews of an update.
      await resource.foretell(run, id, before, after);
      return { changes, replaces, deleteBeforeReplace };
    },

    async create(inputs: Properties) {
      const { id, outs } = await failingAsPulumiExpects(inputs, resource.create(run, fromPulumi(inputs)));
      return { id, outs: toPulumi(outs) };
    },

    async read(id: string, state: Properties) {
      const found = await failingAsPulumiExpects(state, resource.read(run, id, fromPulumi(state)));
      // An empty id tells Pulumi that a resource is gone.
      if (!found) return { id: "", props: {} };
      const { outs, inputs } = found;
      return { id, props: toPulumi(outs), ...(inputs && { inputs: toPulumi(inputs) }) };
    },

    async update(id: string, olds: Properties, news: Properties) {
      const { outs } = await failingAsPulumiExpects(
        news,
        resource.update(run, id, fromPulumi(olds), fromPulumi(news)),
      );
      return { outs: toPulumi(outs) };
    },

    async delete(id: string, state: Properties) {
      await failingAsPulumiExpects(state, resource.delete(run, id, fromPulumi(state)));
    },
  };
}

/** Properties in the core's form. In states of 0.1.0, internal ones have no underscores. */
function fromPulumi({ __provider, ...properties }: Properties): Properties {
  const plain = plainProperties(properties);
  for (const name of INTERNAL) {
    if (plain[`__${name}`] === undefined) continue;
    plain[name] = plain[`__${name}`];
    delete plain[`__${name}`];
  }
  return plain;
}

/** Pulumi hides properties that begin with two underscores. */
function toPulumi(properties: object): Properties {
  const named = Object.entries(properties).map(([name, value]) => [
    INTERNAL.includes(name) ? `__${name}` : name,
    value,
  ]);
  return travellingProperties(Object.fromEntries(named));
}

/** Reports arguments with names that the resource uses internally. */
function reserved(given: Properties): Problem[] {
  const taken = INTERNAL.filter((name) => given[name] !== undefined && given[`__${name}`] !== undefined);
  return taken.map((name) => unknownArgument("", name, []));
}

async function failingAsPulumiExpects<T>({ __provider }: Properties, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const isPartial = error instanceof InitializationError;
    addReference(error, isPartial ? error.cause : error);
    if (!isPartial) throw error;
    // Pulumi recognises an initialisation error by these fields, and stores `properties` as they are. A state
    // without the provider could never be read, updated or deleted again.
    throw Object.assign(error, {
      reasons: [error.message],
      properties: { ...toPulumi(error.outs), __provider },
    });
  }
}

/** Adds a reference to this error's page in the package itself, since the reader may well be offline. */
function addReference(error: Error, cause: unknown): void {
  if (!isMultipassError(cause)) return;
  error.message += `\nMore on this: node_modules/pulumi-multipass/docs/errors/${cause.kind}.md`;
  // The SDK prints `${error}: ${error.stack}` after a read or a delete, so the message is split in two.
  const [head = "", ...rest] = error.message.split(": ");
  error.toString = () => head;
  error.stack = rest.join(": ");
}
