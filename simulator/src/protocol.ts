/** The messages between client and daemon: one JSON document per line. */

/** The client's first message. */
export interface Hello {
  id: string;
  argv: string[];
  cwd: string;
  home: string;
  /** Simulated milliseconds that `wait-ready` has waited so far; undefined on the first connection. */
  waited?: number;
  /** The daemon records the start and the end of the call, in place of the client. */
  record?: true;
}

/** Binary data is in hexadecimal digits. */
export type ClientFrame = { hello: Hello } | { answer: number; data?: string; error?: string };

export type DaemonFrame =
  | { out: string }
  | { err: string }
  | { outHex: string }
  | { errHex: string }
  | { [key: string]: string }
  | { word: string }
  | { ask: number; op: "stdin" }
  | { ask: number; op: "readFile"; path: string }
  | { exit: number; stdinSha256?: string; stdinBytes?: number };
