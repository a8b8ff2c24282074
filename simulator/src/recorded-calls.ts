import { appendFileSync, readFileSync } from "node:fs";

/** One run of the simulated `multipass`. */
export interface RecordedCall {
  /** Tells the calls of a world apart. */
  readonly id: string;
  /** The arguments, without the program. */
  readonly argv: readonly string[];
  /** Hex digest of what the command read from stdin; absent when it read nothing. */
  readonly stdinSha256?: string;
  /** Length of it. */
  readonly stdinBytes?: number;
  /** Real time in milliseconds since the epoch. */
  readonly startedAt: number;
  /** Absent while the call runs. */
  readonly endedAt?: number;
  /** Absent while the call runs, and where a signal ended it. */
  readonly exitCode?: number;
  /** The signal that ended the client. */
  readonly signal?: string;
}

type EndRecord = { id: string } & Partial<
  Pick<RecordedCall, "stdinSha256" | "stdinBytes" | "exitCode" | "signal">
>;

/** Appends the end of a call; a single write, so that clients in parallel do not mix their lines. */
export function recordEnd(file: string, record: EndRecord): void {
  appendFileSync(file, `${JSON.stringify({ ...record, endedAt: Date.now() })}\n`);
}

/** All calls so far, in order of start. */
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
    // The first end counts: a signal that the client recorded itself is followed by its broken connection.
    if (known?.endedAt === undefined) calls.set(record.id, { ...known, ...record });
  }
  return [...calls.values()];
}
