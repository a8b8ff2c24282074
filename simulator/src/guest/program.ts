import type { Process } from "./process.ts";

/** Runs further words, as `env` and `timeout` do. */
export type Execute = (words: string[], process?: Process) => Promise<number>;

/** A command of a simulated guest. Its answer is the exit code. */
export type Program = (args: string[], process: Process, execute: Execute) => Promise<number> | number;
