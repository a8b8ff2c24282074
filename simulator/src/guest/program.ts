import type { Process } from "./process.ts";

/** Runs another command line, as `env` and `timeout` do. */
export type Execute = (words: string[], process?: Process) => Promise<number>;

/** A command of a simulated guest; returns its exit code. */
export type Program = (args: string[], process: Process, execute: Execute) => Promise<number> | number;
