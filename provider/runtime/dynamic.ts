import { isDeepStrictEqual } from "node:util";
import { engineLog } from "../engine-log.ts";
import type { CheckFailure, CheckResult } from "../lifecycle/check.ts";
import { InitializationError } from "../lifecycle/context.ts";
import type { DiffResult } from "../lifecycle/difference.ts";
import { hasUnknown } from "../lifecycle/unknown.ts";
import { INTERNAL, unknownArgument } from "../lifecycle/unknown-arguments.ts";
import { findClient } from "../multipass/binary.ts";
import { isMultipassError } from "../multipass/errors.ts";
import { withoutUndefined } from "../operation.ts";
import { type Claim, claimedTwice } from "./claims.ts";
import { sentence } from "./sentence.ts";

type Properties = Record<string, unknown>;

/** The methods of Pulumi's dynamic `ResourceProvider`, each with the types of its resource. */
interface Operations {
  check(olds: never, news: Properties): Promise<CheckResult<object>>;
  diff(id: string, olds: never, news: never): Promise<DiffResult>;
  create(inputs: never): Promise<{ id: string; outs: object }>;
  read(id: string, state: never): Promise<{ id: string; props: object; inputs?: object }>;
  update(id: string, olds: never, news: never): Promise<{ outs: object }>;
  delete(id: string, state: never): Promise<void>;
}

/**
 * Translates between Pulumi and the operations of a resource: Pulumi is told of no property that is only ours, and of what is wrong with
 * arguments in a form that shows no value.
 *
 * @param claim what a resource with these arguments manages, which no other resource of the program may
 */
export function dynamicProvider(operations: Operations, claim: Claim = () => undefined) {
  return {
    async check(oldInputs: Properties, newInputs: Properties) {
      const [olds, news] = [fromPulumi(oldInputs), fromPulumi(newInputs)];
      const { inputs, failures } = await operations.check(olds as never, news);
      const all = [
        ...reserved(newInputs),
        ...failures,
        ...missingClient(olds, inputs as Properties),
        ...claimedTwice(claim, inputs as Properties),
      ];
      const canAppear = newInputs["__canAppear"] === true;
      const isShown = (failure: CheckFailure) => !(canAppear && failure.isMissing);
      for (const failure of all.filter((one) => !isShown(one))) {
        engineLog(String(news["owner"])).warn(
          `${sentence(failure, olds, news)}. The update refuses that, unless what this resource waits for has changed it by then`,
        );
      }
      // Pulumi prints the whole value of a property that a failure names, even if it is a secret. So it is told of none.
      const reported = all
        .filter(isShown)
        .map((failure) => ({ property: "", reason: sentence(failure, olds, news) }));
      return withoutUndefined({ inputs: toPulumi(inputs), failures: reported });
    },

    diff: (id: string, olds: Properties, news: Properties) =>
      operations.diff(id, fromPulumi(olds) as never, fromPulumi(news) as never),

    async create(inputs: Properties) {
      const { id, outs } = await translated(operations.create(fromPulumi(inputs) as never));
      return { id, outs: toPulumi(outs) };
    },

    async read(id: string, state: Properties) {
      const { inputs, ...found } = await operations.read(id, fromPulumi(state) as never);
      return { ...found, props: toPulumi(found.props), ...(inputs && { inputs: toPulumi(inputs) }) };
    },

    async update(id: string, olds: Properties, news: Properties) {
      const { outs } = await translated(
        operations.update(id, fromPulumi(olds) as never, fromPulumi(news) as never),
      );
      return { outs: toPulumi(outs) };
    },

    delete: (id: string, state: Properties) => operations.delete(id, fromPulumi(state) as never),
  };
}

/** States of 0.1.0 have these properties without the underscores. */
function fromPulumi({ __canAppear, ...properties }: Properties): Properties {
  const plain = { ...properties };
  for (const name of INTERNAL) {
    if (plain[`__${name}`] === undefined) continue;
    plain[name] = plain[`__${name}`];
    delete plain[`__${name}`];
  }
  return plain;
}

/** Pulumi displays no property whose name begins with two underscores. */
function toPulumi(properties: object): Properties {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [INTERNAL.includes(name) ? `__${name}` : name, value]),
  );
}

async function translated<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof InitializationError)) throw error;
    const { properties } = error as InitializationError & { properties: object };
    throw Object.assign(error, { properties: toPulumi(properties) });
  }
}

/** Names that the resource itself uses, given by the program. */
function reserved(given: Properties): CheckFailure[] {
  const taken = INTERNAL.filter((name) => given[name] !== undefined && given[`__${name}`] !== undefined);
  return taken.map((name) => unknownArgument("", name, []));
}

/** Without a client every operation fails, so a preview says so: but for a resource that is to be left alone. */
function missingClient(olds: Properties, inputs: Properties): CheckFailure[] {
  const { multipassPath } = inputs;
  const isNew = Object.keys(olds).length === 0;
  const isLeftAlone =
    !isNew && (hasUnknown(inputs) || isDeepStrictEqual(argumentsOf(olds), argumentsOf(inputs)));
  if (isLeftAlone || hasUnknown(multipassPath)) return [];
  try {
    findClient(typeof multipassPath === "string" ? multipassPath : undefined);
    return [];
  } catch (error) {
    if (!isMultipassError(error, "client-missing")) throw error;
    const reason = `${error.summary}: ${error.details}. ${error.remedy}`;
    if (typeof multipassPath !== "string") return [{ property: "", reason, isMissing: true }];
    const ifSecret = { property: "multipassPath", reason: "does not name a program that can be run" };
    return [
      {
        property: "multipassPath",
        reason: `${ifSecret.reason}: ${multipassPath}`,
        ifSecret,
        isMissing: true,
      },
    ];
  }
}

const argumentsOf = (properties: Properties) =>
  Object.fromEntries(
    Object.entries(properties).filter(([name]) => !INTERNAL.includes(name) && name !== "__provider"),
  );
