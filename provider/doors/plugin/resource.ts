import { InitializationError } from "../../core/context.ts";
import type { Properties } from "../../core/description.ts";
import type { HostInput } from "../../core/host.ts";
import { sentence } from "../../core/redact.ts";
import type { Resource as Core } from "../../core/resource.ts";
import { resources } from "../../core/resources.ts";
import type { Run } from "../../core/run.ts";
import { sshAccess } from "../../core/ssh-access.ts";
import { isUnknown, UNKNOWN } from "../../core/unknown.ts";
import { INTERNAL, unknownArgument } from "../../core/unknown-arguments.ts";
import { isMultipassError } from "../../driver/errors.ts";
import { plainProperties } from "../values.ts";
import { type Configuration, withDefaults, withoutDefaults } from "./configuration.ts";
import { type Declared, declared, nameIn } from "./declared.ts";
import { propertyChanges } from "./difference.ts";
import { PartialFailure, Unimplemented } from "./failures.ts";
import { type Autonaming, configuredName, NAME_REQUIRED } from "./naming.ts";
import { likeIn, secretNames, withSecrets } from "./values.ts";

export interface Subject {
  urn: string;
  /** The name that the program gave it. */
  name: string;
  type: string;
}

/** One provider of this package, with its configuration. */
export interface Provider {
  configuration: Configuration;
  run: Run;
  /** URNs of resources whose last diff only found changes to record. */
  onlyRecorded: Set<string>;
}

/** Resources with a name in Multipass. The default is derived from the program's name for them. */
const NAMED = ["Instance", "Clone", "Snapshot"];
/** Resources whose id is their name in Multipass. */
const IDENTIFIED_BY_NAME = ["Instance", "Clone"];
/** What the core gets besides a resource's arguments. Only the owner must be stored. */
const TOLD = ["owner", "secrets", "logicalName", "nameSeed"];
/** Keys that Pulumi's SDKs and the dynamic provider add to properties. */
const SDKS = ["__provider", "__defaults", "__internal"];

const CORE: Record<string, Core> = resources;

/**
 * The operations on one resource, in Pulumi's terms, with secrets wrapped as on the wire. Names of the core's
 * own properties get two leading underscores, because Pulumi does not display those.
 */
export class Resource {
  readonly #subject: Subject;
  readonly #kind: string;
  readonly #declared: Declared;
  readonly #core: Core;
  readonly #provider: Provider;

  constructor(subject: Subject, provider: Provider) {
    this.#subject = subject;
    this.#kind = nameIn(subject.type);
    const [known, core] = [declared(this.#kind), CORE[this.#kind]];
    if (!known || !core) throw new Unimplemented(`unknown resource ${subject.type}`);
    this.#declared = known;
    this.#core = core;
    this.#provider = provider;
  }

  /**
   * @param nameSeed makes automatic names the same in a plan and its update; empty if there is none
   * @param autonaming how the stack wants names generated, if configured
   * @returns failures in words that show no secret
   */
  async check(oldInputs: Properties, newInputs: Properties, nameSeed: string, autonaming?: Autonaming) {
    // Some languages pass omitted values as null.
    const given = only(newInputs, (name, value) => !name.startsWith("__") && value !== null);
    const reserved = INTERNAL.filter((name) => given[name] !== undefined);
    const own = only(given, (name) => !reserved.includes(name));
    const olds: Properties = Object.keys(oldInputs).length === 0 ? {} : this.#state(oldInputs);
    if (autonaming && NAMED.includes(this.#kind) && own["name"] === undefined && olds["name"] === undefined) {
      const name = configuredName(autonaming);
      if (name === undefined) return { inputs: own, failures: [NAME_REQUIRED] };
      own["name"] = name;
    }
    const news = {
      ...this.#complete(plainProperties(own)),
      ...this.#about(own),
      ...(NAMED.includes(this.#kind) && {
        logicalName: this.#subject.name,
        ...(nameSeed !== "" && { nameSeed }),
      }),
    };
    // The engine does not tell a check whether it is a preview's, nor what the resource depends on.
    const { inputs, failures } = await this.#core.check(this.#provider.run, olds, news, { canAppear: true });
    const { secrets = [] }: { secrets?: string[] } = inputs;
    const marked = secretNames(own);
    const unmarked = secrets.filter((name) => !marked.includes(name));
    return {
      inputs: this.#secret(withSecrets(unmarked, likeIn(own, this.#arguments(own, inputs)))),
      failures: [...reserved.map((name) => unknownArgument("", name, [])), ...failures].map(sentence),
    };
  }

  async diff(id: string, oldInputs: Properties, olds: Properties, news: Properties) {
    const { run, onlyRecorded } = this.#provider;
    const found = await this.#core.diff(run, id, this.#state(olds), this.#inputs(news));
    if (Object.values(found.costs).every((cost) => cost === "record")) onlyRecorded.add(this.#subject.urn);
    else onlyRecorded.delete(this.#subject.urn);
    const properties = propertyChanges(toCore(oldInputs), toCore(news), found.costs, (name) =>
      this.#declared.inputs.has(name),
    );
    return { ...found, properties };
  }

  async create(inputs: Properties, timeout: number) {
    const { id, outs } = await this.#failing(inputs, () =>
      this.#core.create(this.#provider.run, this.#inputs(inputs, { create: timeout })),
    );
    return { id, properties: this.#outputs(inputs, outs) };
  }

  /** The result of a create, as far as it is known in advance. */
  previewCreate(inputs: Properties) {
    const { name } = plainProperties(inputs);
    const isKnown = IDENTIFIED_BY_NAME.includes(this.#kind) && typeof name === "string" && !isUnknown(name);
    return { id: isKnown ? name : "", properties: this.#secret(this.#foreseen(inputs)) };
  }

  async update(id: string, olds: Properties, news: Properties, timeout: number) {
    await this.#foretell(id, olds, news);
    const { outs } = await this.#failing(news, () =>
      this.#core.update(this.#provider.run, id, this.#state(olds), this.#inputs(news, { update: timeout })),
    );
    return this.#outputs(news, outs);
  }

  /** Only now is it known that the engine makes no replacement of the change. */
  #foretell(id: string, olds: Properties, news: Properties): Promise<void> {
    return this.#core.foretell(this.#provider.run, id, this.#state(olds), this.#inputs(news));
  }

  /** An update's result, as far as it is known. One that only records something keeps the outputs. */
  async previewUpdate(id: string, olds: Properties, news: Properties) {
    await this.#foretell(id, olds, news);
    const isKept = this.#provider.onlyRecorded.has(this.#subject.urn);
    const outputs = isKept ? only(olds, (name) => !this.#declared.inputs.has(name)) : {};
    return this.#secret({ ...this.#foreseen(news), ...outputs });
  }

  /** @returns undefined if it no longer exists */
  async read(id: string, state: Properties, inputs: Properties, timeout: number) {
    const found = await this.#failing(state, () =>
      this.#core.read(this.#provider.run, id, this.#state(state, { read: timeout })),
    );
    if (!found) return undefined;
    return {
      id,
      properties: this.#outputs(state, found.outs),
      inputs: found.inputs ? this.#secret(likeIn(inputs, this.#arguments(state, found.inputs))) : inputs,
    };
  }

  /** Reads something that no state holds. */
  async import(id: string, timeout: number) {
    const common = this.#inputs({}, { read: timeout });
    const found = await this.#failing({}, () => this.#core.import(this.#provider.run, id, common));
    if (!found) return undefined;
    const inputs = this.#secret(this.#arguments({}, found.inputs));
    return { id, properties: this.#outputs({}, found.outs), inputs };
  }

  async delete(id: string, state: Properties, timeout: number) {
    await this.#failing(state, () =>
      this.#core.delete(this.#provider.run, id, this.#state(state, { delete: timeout })),
    );
  }

  /** Arguments in the core's form. */
  #inputs(inputs: Properties, timeouts: Record<string, number> = {}) {
    return { ...this.#complete(toCore(inputs), timeouts), ...this.#about(inputs) };
  }

  /**
   * A state in the core's form. The owner comes from the state, not from the URN. A resource that was
   * renamed, or came from the dynamic provider, made its things under another URN.
   */
  #state(state: Properties, timeouts: Record<string, number> = {}) {
    const properties = toCore(state);
    const { owner } = properties;
    return {
      ...this.#complete(properties, timeouts),
      ...this.#about(state),
      ...(owner !== undefined && { owner }),
    };
  }

  #about(properties: Properties) {
    const secrets = secretNames(properties);
    return { owner: this.#subject.urn, ...(secrets.length > 0 && { secrets }) };
  }

  /** @param timeouts the resource option `customTimeouts`, in seconds; 0 if not given */
  #complete(properties: Properties, timeouts: Record<string, number> = {}): Properties {
    const given = Object.entries(timeouts).filter(([, seconds]) => seconds > 0);
    const custom = Object.fromEntries(given.map(([key, seconds]) => [key, `${Math.ceil(seconds * 1000)}ms`]));
    const { defaults } = this.#provider.configuration;
    const timed = { ...defaults, timeouts: { ...(defaults["timeouts"] as object), ...custom } };
    return withDefaults(
      given.length === 0 ? defaults : timed,
      (argument) => this.#declared.inputs.has(argument),
      properties,
    );
  }

  /** Arguments in Pulumi's form, without the provider's defaults. @param own those of the program */
  #arguments(own: Properties, inputs: object): Properties {
    return withoutDefaults(plainProperties(own), this.#toPulumi(inputs, this.#declared.inputs, TOLD));
  }

  #outputs(own: Properties, outs: object): Properties {
    const known = this.#declared.outputs.has("ssh") ? { ...outs, ssh: sshOf(outs) } : outs;
    const properties = this.#toPulumi(known, this.#declared.outputs, ["secrets", "logicalName", "nameSeed"]);
    return this.#secret(likeIn(own, withoutDefaults(plainProperties(own), properties)));
  }

  #toPulumi(properties: object, shown: ReadonlySet<string>, dropped: readonly string[]): Properties {
    const all = Object.entries(properties).filter(([name]) => !dropped.includes(name));
    return Object.fromEntries(all.map(([name, value]) => [shown.has(name) ? name : `__${name}`, value]));
  }

  #secret(properties: Properties): Properties {
    return withSecrets(this.#declared.secrets, properties);
  }

  /** The arguments, with every output that they do not determine marked as unknown. */
  #foreseen(inputs: Properties): Properties {
    const { inputs: args, outputs, required } = this.#declared;
    const open = [...outputs].filter(
      (name) => inputs[name] === undefined && (required.has(name) || !args.has(name)),
    );
    return { ...inputs, ...Object.fromEntries(open.map((name) => [name, UNKNOWN])) };
  }

  async #failing<T>(own: Properties, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const isPartial = error instanceof InitializationError;
      const cause = isPartial ? error.cause : error;
      if (isMultipassError(cause))
        error.message += `\nMore on this: docs/errors/${cause.kind}.md of pulumi-multipass`;
      throw isPartial ? new PartialFailure(error.id, this.#outputs(own, error.outs), error) : error;
    }
  }
}

const sshOf = ({ ipAddress = "", host }: { ipAddress?: string; host?: HostInput }) =>
  sshAccess(ipAddress, host);

/** Plain properties, with the core's names. */
function toCore(properties: Properties): Properties {
  const own = Object.entries(properties).filter(([name]) => !SDKS.includes(name));
  return plainProperties(
    Object.fromEntries(own.map(([name, value]) => [name.startsWith("__") ? name.slice(2) : name, value])),
  );
}

function only(properties: Properties, isKept: (name: string, value: unknown) => boolean): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([name, value]) => isKept(name, value)));
}
