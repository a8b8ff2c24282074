import { type ChildProcess, spawn } from "node:child_process";

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
  milliseconds: number;
}

export interface Running {
  child: ChildProcess;
  done: Promise<Outcome>;
}

/** Starts a `multipass` and collects its output. */
export function begin(
  bin: string,
  args: string[],
  {
    input = "",
    env = {},
    cwd,
  }: { input?: string; env?: Record<string, string>; cwd?: string | undefined } = {},
): Running {
  const started = Date.now();
  const child = spawn(bin, args, { env: { ...process.env, ...env }, cwd });
  const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  child.stdout.on("data", (chunk) => output.stdout.push(chunk));
  child.stderr.on("data", (chunk) => output.stderr.push(chunk));
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const done = new Promise<Outcome>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) =>
      resolve({
        code,
        stdout: Buffer.concat(output.stdout).toString("utf8"),
        stderr: Buffer.concat(output.stderr).toString("utf8"),
        milliseconds: Date.now() - started,
      }),
    );
  });
  return { child, done };
}

export const run = (bin: string, args: string[], options?: Parameters<typeof begin>[2]): Promise<Outcome> =>
  begin(bin, args, options).done;

export const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The output of a command without the daemon's log records, which appear by chance. */
export const message = (stderr: string): string => stderr.replace(/^\[.*\n/gm, "");

/** Polls until a condition is true. */
export async function until(
  condition: () => Promise<boolean> | boolean,
  milliseconds = 60_000,
): Promise<void> {
  const deadline = Date.now() + milliseconds;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error("It did not come true in time");
    await pause(10);
  }
}
