/** What client and daemon say to each other: one JSON document a line. */

/** The client's first words. */
export interface Hello {
  id: string;
  argv: string[];
  cwd: string;
  home: string;
  /** Milliseconds of simulated time that `wait-ready` has waited before; undefined at the first connection. */
  waited?: number;
}

export type ClientFrame = { hello: Hello } | { answer: number; data?: string; error?: string };

export type DaemonFrame =
  | { out: string }
  | { err: string }
  | { out64: string }
  | { err64: string }
  | { [key: string]: string }
  | { word: string }
  | { ask: number; op: "stdin" }
  | { ask: number; op: "readFile"; path: string }
  | { exit: number; stdinSha256?: string; stdinBytes?: number };
