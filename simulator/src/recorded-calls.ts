import { appendFileSync, readFileSync } from "node:fs";

/** One run of the simulated `multipass`. */
export interface RecordedCall {
  /** Unique among the calls of a world. */
  readonly id: string;
  /** The arguments, without the program name. */
  readonly argv: readonly string[];
  /** Hex digest of the stdin that the command read; absent if it read none. */
  readonly stdinSha256?: string;
  /** Number of bytes read from stdin. */
  readonly stdinBytes?: number;
  /** Real time in milliseconds since the epoch. */
  readonly startedAt: number;
  /** Real time in milliseconds since the epoch; absent while the call is running. */
  readonly endedAt?: number;
  /** Absent while the call is running, and if a signal ended it. */
  readonly exitCode?: number;
  /** The signal that ended the client. */
  readonly signal?: string;
}

export type EndRecord = { id: string } & Partial<
  Pick<RecordedCall, "stdinSha256" | "stdinBytes" | "exitCode" | "signal">
>;

/** Appends the start of a call. */
export function recordStart(file: string, { id, argv }: Pick<RecordedCall, "id" | "argv">): void {
  appendFileSync(file, `${JSON.stringify({ id, argv, startedAt: Date.now() })}\n`);
}

/** Appends the end of a call in a single write, so that parallel clients do not mix their lines. */
export function recordEnd(file: string, record: EndRecord): void {
  appendFileSync(file, `${JSON.stringify({ ...record, endedAt: Date.now() })}\n`);
}

/** All calls so far, in the order in which they started. */
export function readCalls(file: string): RecordedCall[] {
  let text = "";
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const calls = new Map<string, RecordedCall>();
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const record = JSON.parse(line) as RecordedCall;
    const known = calls.get(record.id);
    // The first end counts: after a signal the client records its end, and then the host its broken connection.
    // The first start does, too: a client that records its end repeats it, for a host that never read it.
    if (known?.endedAt === undefined) calls.set(record.id, { ...record, ...known });
  }
  return [...calls.values()];
}
