/** What a program asks for: instances `vm0`, `vm1`, …, all of one size. */
export interface Wanted {
  count: number;
  cpus: number;
}

/** A program and its arguments. */
export type Command = readonly [program: string, ...args: string[]];

export type Operation = "create" | "no-op" | "refresh" | "one CPU more" | "destroy";

export const OPERATIONS: readonly Operation[] = ["create", "no-op", "refresh", "one CPU more", "destroy"];

/** One way to bring instances up: a tool with its provider, or a script. */
export interface Tool {
  id: string;
  title: string;
  /** Programs that must be on the PATH. */
  needs: readonly string[];
  /** The settings that its own documentation recommends, and what it cannot do. */
  settings: string;
  /** Writes a program for these instances into the folder. */
  write: (dir: string, wanted: Wanted) => void;
  /** Environment variables for every command; may write files that they name. */
  env: (dir: string) => Record<string, string>;
  /** Run once before anything else. */
  prepare?: readonly Command[];
  up: Command;
  refresh?: Command;
  destroy: Command;
  /** What its manual says to run before the next `up`, after it was killed. */
  unlock?: Command;
  /** Whether the program can ask for nothing but an empty run. */
  empty?: boolean;
  /** Whether it replaces an instance to change its CPUs, with all that is on its disk. */
  replaces?: boolean;
  /** Why an operation is not measured. */
  cannot?: Partial<Record<Operation, string>>;
}

export const nameOf = (index: number): string => `vm${index}`;
export const namesOf = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => nameOf(index));
