import type { MultipassError } from "../driver/errors.ts";

/** What is wrong with an argument. Property and reason form a sentence: `cpus` and `must be at least 1`. */
export interface Problem {
  /** Path of the argument, such as `mounts[0].target`. */
  property: string;
  /** What is wrong, and what would be right. */
  reason: string;
}

export interface CheckFailure extends Problem {
  /** Reported instead for a secret. Required if the path or the reason shows any part of the value. */
  ifSecret?: Problem;
  /** Whether this computer lacks something that another resource of the program may still make. */
  isMissing?: boolean;
  /** What an operation throws for what is still missing. Default: the problem as a sentence. */
  error?: MultipassError;
}
