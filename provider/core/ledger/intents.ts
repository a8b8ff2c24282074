import type { PowerState } from "../instance/power-state.ts";
import { type IntentFile, IntentFiles, isLeft } from "./intent-files.ts";

/** What operations record besides the ledger: what they are about to change, or have done, while Pulumi may not hear of it. */
export type Intent =
  /** An instance is stopped for a while, and is owed its power state. */
  | { kind: "stop"; instance: string; powerState: PowerState }
  /** A resource has restored an instance to a snapshot that was taken then. `act` is a hash of what was asked for. */
  | { kind: "restore"; instance: string; owner: string; taken: string; act: string }
  /** An instance was restored, whoever did it: nothing that a state says of its inside is known to be true. */
  | { kind: "restored"; instance: string }
  /** After that, a resource is in the instance again as its state says. */
  | { kind: "settled"; instance: string; owner: string }
  /** A snapshot is taken, or renamed; `from` is its name until then, and empty for a new one. */
  | { kind: "snapshot"; instance: string; name: string; owner: string; from: string }
  /** A create uses this name. */
  | { kind: "name"; owner: string; name: string }
  /** A setting gets a value. `hashes` are those of all values that Pulumi may not have heard of, the newest last: a value may be a secret. */
  | { kind: "setting"; key: string; owner: string; previous: string; hashes: string[] };

type Kind = Intent["kind"];
type Of<K extends Kind> = Extract<Intent, { kind: K }>;

/** What tells two intents of a kind apart. */
type Key =
  | { kind: "stop" | "restored"; instance: string }
  | { kind: "restore" | "settled"; instance: string; owner: string }
  | { kind: "snapshot"; instance: string; name: string }
  | { kind: "name"; owner: string }
  | { kind: "setting"; key: string };

/** An intent and when it was recorded. */
type Recorded<K extends Kind> = Of<K> & {
  /** ISO 8601. */
  since: string;
  /** Whether the process that recorded it has ended, or is this one. */
  isLeft: boolean;
};

type Said = Pick<IntentFile, "before" | "after">;

/** How each kind stands in a file, as it did in 0.1.0: what the file is about, with the keys in braces, and two words more. */
const FORMS: {
  [K in Kind]: {
    what: string;
    say(intent: Of<K>): Said;
    read(said: Said): Partial<Of<K>>;
  };
} = {
  stop: {
    what: "power state of {instance}",
    say: ({ powerState }) => ({ before: powerState, after: "stopped" }),
    read: ({ before }) => ({ powerState: before as PowerState }),
  },
  restore: {
    what: "restore of {instance} by {owner}",
    say: ({ taken, act }) => ({ before: taken, after: act }),
    read: ({ before, after }) => ({ taken: before, act: after }),
  },
  restored: { what: "restoration of {instance}", say: () => ({ before: "", after: "" }), read: () => ({}) },
  settled: {
    what: "after the restoration of {instance}: {owner}",
    say: () => ({ before: "", after: "" }),
    read: () => ({}),
  },
  snapshot: {
    what: "snapshot {instance}.{name}",
    say: ({ from, name }) => ({ before: from, after: name }),
    read: ({ before }) => ({ from: before }),
  },
  name: {
    what: "name of {owner}",
    say: ({ name }) => ({ before: "", after: name }),
    read: ({ after }) => ({ name: after }),
  },
  setting: {
    what: "setting {key}",
    say: ({ previous, hashes }) => ({ before: previous, after: hashes.join(" ") }),
    read: ({ before, after }) => ({ previous: before, hashes: after.split(" ") }),
  },
};

export class Intents {
  readonly #files: IntentFiles;

  /** @param folder that of the journal */
  constructor(folder: string) {
    this.#files = new IntentFiles(folder);
  }

  /** One that cannot be read is none: then a snapshot is somebody else's, and what stands was there before. */
  async read<Q extends Key>(key: Q): Promise<Recorded<Q["kind"]> | undefined> {
    const file = await this.#files.read(whatOf(key));
    return file && (recorded(file) as Recorded<Q["kind"]> | undefined);
  }

  /** @throws MultipassError where it cannot be recorded; then nothing may be changed */
  async write(intent: Intent): Promise<void> {
    const { say } = FORMS[intent.kind] as { say(intent: Intent): Said };
    const owner = "owner" in intent ? { owner: intent.owner } : {};
    await this.#files.write(whatOf(intent), { ...owner, ...say(intent) });
  }

  async forget(key: Key): Promise<void> {
    await this.#files.forget(whatOf(key));
  }

  /** Forgets it, unless another resource has made it its own meanwhile. */
  async forgetOwn(key: Extract<Key, { kind: "snapshot" | "setting" }>, owner: string): Promise<void> {
    if ((await this.read(key))?.owner === owner) await this.forget(key);
  }

  /** What a resource has recorded of one kind, the newest first. */
  async ofOwner<K extends Kind>(kind: K, owner: string): Promise<Recorded<K>[]> {
    const all = (await this.#files.all()).filter((file) => file.owner === owner).map(recorded);
    const ofKind = all.filter((intent): intent is Recorded<K> => intent?.kind === kind);
    return ofKind.sort((a, b) => (a.since < b.since ? 1 : -1));
  }

  /** With an instance goes what was done to it: none of it is true of the next one of its name. */
  async forgetInstance(name: string): Promise<void> {
    const all = (await this.#files.all()).map(recorded).filter((intent) => intent !== undefined);
    const inside = all.filter((intent) => "instance" in intent && intent.instance === name);
    await Promise.all(inside.map((intent) => this.forget(intent)));
  }
}

function whatOf(key: Key): string {
  const fields: Record<string, unknown> = { ...key };
  return FORMS[key.kind].what.replace(/\{(\w+)\}/g, (_, name) => String(fields[name]));
}

function recorded(file: IntentFile): Recorded<Kind> | undefined {
  const { what, owner, since } = file;
  for (const [kind, form] of Object.entries(FORMS)) {
    const pattern = form.what.replaceAll(".", "\\.").replace(/\{(\w+)\}/g, "(?<$1>.+?)");
    const key = new RegExp(`^${pattern}$`, "s").exec(what)?.groups;
    if (key)
      return {
        kind,
        ...(owner !== undefined && { owner }),
        ...key,
        ...form.read(file),
        since,
        isLeft: isLeft(file),
      } as Recorded<Kind>;
  }
  return undefined;
}
