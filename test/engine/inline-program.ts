import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Config } from "./config.ts";
import type { Started } from "./process.ts";

/** The exit code of a program that has already reported its error. */
export const ALREADY_REPORTED = 32;

/** Starts the line with which a host reports the end of a program. */
export const END = "\0program ended: ";

/** The data that a host needs to run a program. */
export interface InlineProgram {
  entryPoint: string;
  cwd: string;
  env: Record<string, string>;
  project: string;
  stack: string;
  config: Config;
  engineAddress: string;
  dryRun: boolean;
  parallel: number;
}

type Line = (line: string, stream: "stdout" | "stderr") => void;

/** A process that runs one program at a time. */
class ProgramHost {
  readonly child: ChildProcess;
  #onLine: Line = () => undefined;

  constructor() {
    this.child = spawn(process.execPath, [fileURLToPath(new URL("./program-host.ts", import.meta.url))], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    for (const stream of ["stdout", "stderr"] as const)
      createInterface({ input: this.child[stream] as NodeJS.ReadableStream }).on("line", (line) =>
        this.#onLine(line, stream),
      );
    this.#keepAlive(false);
  }

  async run(program: InlineProgram, onOutput: Line): Promise<number | NodeJS.Signals> {
    this.#keepAlive(true);
    const { promise, resolve, reject } = Promise.withResolvers<number | NodeJS.Signals>();
    let ended = 0;
    this.#onLine = (line, stream) => {
      const end = line.indexOf(END);
      const output = end < 0 ? line : line.slice(0, end);
      if (end !== 0) onOutput(output, stream);
      if (end >= 0 && ++ended === 2) resolve(Number(line.slice(end + END.length)));
    };
    const onClose = (code: number | null, signal: NodeJS.Signals | null) => resolve(signal ?? code ?? 1);
    this.child.once("close", onClose).once("error", reject);
    try {
      this.child.send(program);
      return await promise;
    } finally {
      this.child.off("close", onClose).off("error", reject);
      this.#keepAlive(false);
    }
  }

  /** Whether this process waits for its host. */
  #keepAlive(yes: boolean): void {
    const handles = [this.child, this.child.channel, this.child.stdout, this.child.stderr];
    for (const handle of handles as unknown as ({ ref?(): void; unref?(): void } | null | undefined)[])
      yes ? handle?.ref?.() : handle?.unref?.();
  }

  get hasEnded(): boolean {
    return !this.child.connected || this.child.exitCode !== null || this.child.signalCode !== null;
  }
}

/** Idle hosts. A Mocha worker seldom needs more than one. */
let idle: ProgramHost[] = [];

/** Runs a program in a process that earlier programs have used. */
export function startInlineProgram(program: InlineProgram, onOutput: Line): Started {
  idle = idle.filter((one) => !one.hasEnded);
  const host = idle.pop() ?? new ProgramHost();
  const ended = host.run(program, onOutput).finally(() => idle.push(host));
  return { child: host.child, ended };
}
