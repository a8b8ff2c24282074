/** What Linux tells of processes. */
import { readdirSync, readFileSync } from "node:fs";

export interface Stat {
  pid: number;
  parent: number;
  /** Ticks since boot at which it started: tells it from a later process of that id. */
  started: string;
  /** Seconds of its own processor time. */
  own: number;
  /** Seconds of its children's that have ended and been waited for. */
  children: number;
  /** MiB of resident memory. */
  memory: number;
}

const TICKS = 100;
const PAGE = 4096;

/** A file in /proc; empty if the process has ended. */
export function read(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}

/** A process, as proc_pid_stat(5) describes it; undefined if it has ended. */
export function statOf(pid: string | number): Stat | undefined {
  const text = read(`/proc/${pid}/stat`);
  if (text === "") return undefined;
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [user = 0, system = 0, users = 0, systems = 0] = fields.slice(11, 15).map(Number);
  return {
    pid: Number(pid),
    parent: Number(fields[1]),
    started: fields[19] ?? "",
    own: (user + system) / TICKS,
    children: (users + systems) / TICKS,
    memory: (Number(fields[21]) * PAGE) / 1024 ** 2,
  };
}

/** Every process that runs now. */
export const everyProcess = (): Stat[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => statOf(pid) ?? []);
