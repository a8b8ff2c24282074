/** What is wrong with an argument: the two make a sentence, `cpus` and `must be at least 1`. */
export interface Problem {
  /** Path of the argument, such as `mounts[0].target`. */
  property: string;
  /** What is wrong, and what would be right. */
  reason: string;
}

export interface CheckFailure extends Problem {
  /** What is said instead if the argument is a secret. Needed where the path or the reason shows any part of the value. */
  ifSecret?: Problem;
  /** Whether it is about something that this computer lacks, and another resource of the program may still make. */
  isMissing?: boolean;
}
