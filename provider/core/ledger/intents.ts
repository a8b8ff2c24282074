import type { PowerState } from "../common.ts";
import { type IntentFile, IntentFiles, isLeft } from "./intent-files.ts";

/** What operations record besides the ledger: changes that Pulumi may never learn of. */
export type Intent =
  /** An instance is stopped temporarily, and its power state must be put back. */
  | { kind: "stop"; instance: string; powerState: PowerState }
  /** A resource restored an instance. `taken` is the snapshot's time, `act` a hash of the request. */
  | { kind: "restore"; instance: string; owner: string; taken: string; act: string }
  /** An instance was restored. What a state says about its contents may no longer be true. */
  | { kind: "restored"; instance: string }
  /** After a restore, a resource is in the instance again as its state says. */
  | { kind: "settled"; instance: string; owner: string }
  /** A snapshot is taken or renamed. `from` is its earlier name, empty for a new snapshot. */
  | { kind: "snapshot"; instance: string; name: string; owner: string; from: string }
  /** A create uses this name. */
  | { kind: "name"; owner: string; name: string }
  /** A setting gets a value. `hashes` are of all values that Pulumi may not know, newest last. */
  | { kind: "setting"; key: string; owner: string; previous: string; hashes: string };

type Kind = Intent["kind"];
type Of<K extends Kind> = Extract<Intent, { kind: K }>;

/** What identifies an intent within its kind. */
type Key =
  | { kind: "stop" | "restored"; instance: string }
  | { kind: "restore" | "settled"; instance: string; owner: string }
  | { kind: "snapshot"; instance: string; name: string }
  | { kind: "name"; owner: string }
  | { kind: "setting"; key: string };

/** An intent, and when it was recorded. */
type Recorded<K extends Kind> = Of<K> & {
  /** ISO 8601. */
  since: string;
  /** Whether the process that recorded it has ended, or is this one. */
  isLeft: boolean;
};

/** Each kind's form in a file, the same since 0.1.0. The names in braces stand for the intent's fields. */
const FORMS: Readonly<Record<Kind, Pick<IntentFile, "what" | "before" | "after">>> = {
  stop: { what: "power state of {instance}", before: "{powerState}", after: "stopped" },
  restore: { what: "restore of {instance} by {owner}", before: "{taken}", after: "{act}" },
  restored: { what: "restoration of {instance}", before: "", after: "" },
  settled: { what: "after the restoration of {instance}: {owner}", before: "", after: "" },
  snapshot: { what: "snapshot {instance}.{name}", before: "{from}", after: "{name}" },
  name: { what: "name of {owner}", before: "", after: "{name}" },
  setting: { what: "setting {key}", before: "{previous}", after: "{hashes}" },
};

export class Intents {
  readonly #files: IntentFiles;

  constructor(folder: string) {
    this.#files = new IntentFiles(folder);
  }

  /** An unreadable intent counts as none. Its change then counts as somebody else's. */
  async read<Q extends Key>(key: Q): Promise<Recorded<Q["kind"]> | undefined> {
    const file = await this.#files.read(whatOf(key));
    return file && (recorded(file) as Recorded<Q["kind"]> | undefined);
  }

  /** @throws MultipassError if it cannot be recorded; nothing may be changed then */
  async write(intent: Intent): Promise<void> {
    const { before, after } = FORMS[intent.kind];
    const said = { before: filled(before, intent), after: filled(after, intent) };
    await this.#files.write(whatOf(intent), "owner" in intent ? { owner: intent.owner, ...said } : said);
  }

  async forget(key: Key): Promise<void> {
    await this.#files.forget(whatOf(key));
  }

  /** Forgets it, unless another resource has taken it over meanwhile. */
  async forgetOwn(key: Extract<Key, { kind: "snapshot" | "setting" }>, owner: string): Promise<void> {
    if ((await this.read(key))?.owner === owner) await this.forget(key);
  }

  /** All intents of one kind that a resource has recorded, newest first. */
  async ofOwner<K extends Kind>(kind: K, owner: string): Promise<Recorded<K>[]> {
    const all = (await this.#files.all()).filter((file) => file.owner === owner).map(recorded);
    const ofKind = all.filter((intent): intent is Recorded<K> => intent?.kind === kind);
    return ofKind.sort((a, b) => (a.since < b.since ? 1 : -1));
  }

  /**
   * Forgets all intents of an instance that is gone, so that they do not apply to a new one with its name.
   */
  async forgetInstance(name: string): Promise<void> {
    const all = (await this.#files.all()).map(recorded).filter((intent) => intent !== undefined);
    const inside = all.filter((intent) => "instance" in intent && intent.instance === name);
    await Promise.all(inside.map((intent) => this.forget(intent)));
  }
}

const FIELD = /\{(\w+)\}/g;

function filled(template: string, fields: object): string {
  return template.replace(FIELD, (_, name) => String((fields as Record<string, unknown>)[name]));
}

/** The fields of a text that has the form of a template; undefined if it has another. */
function fieldsIn(text: string, template: string): Record<string, string> | undefined {
  const pattern = template.replaceAll(".", "\\.").replace(FIELD, "(?<$1>.*?)");
  return new RegExp(`^${pattern}$`, "s").exec(text)?.groups;
}

const whatOf = (key: Key) => filled(FORMS[key.kind].what, key);

function recorded(file: IntentFile): Recorded<Kind> | undefined {
  for (const [kind, { what, before, after }] of Object.entries(FORMS)) {
    const key = fieldsIn(file.what, what);
    if (!key) continue;
    const fields = { ...key, ...fieldsIn(file.before, before), ...fieldsIn(file.after, after) };
    const { owner, since } = file;
    const whose = owner === undefined ? {} : { owner };
    return { kind, ...whose, ...fields, since, isLeft: isLeft(file) } as Recorded<Kind>;
  }
  return undefined;
}
