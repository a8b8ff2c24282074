import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";

const DAEMON_SCRIPT = fileURLToPath(
  new URL(`./daemon/main${import.meta.url.slice(import.meta.url.lastIndexOf("."))}`, import.meta.url),
);

/** A process of a closed simulator. The next one uses it, because starting a process takes the most time. */
const idle: ChildProcess[] = [];

const isRunning = (child: ChildProcess) => child.exitCode === null && child.signalCode === null;

/** Starts a process that simulates the host in this folder, or hosts whose folders it is told. */
function startProcess(dir: string | undefined): ChildProcess {
  const isDetached = dir !== undefined;
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", DAEMON_SCRIPT, ...(isDetached ? [dir] : [])],
    { detached: isDetached, stdio: [isDetached ? "ignore" : "pipe", "pipe", "pipe"], windowsHide: true },
  );
  child.once("exit", () => idle.splice(0, idle.length, ...idle.filter((one) => one !== child)));
  child.stdin?.on("error", () => undefined);
  return child;
}

/** Waits until a process simulates the host in this folder. */
async function untilReady(child: ChildProcess, dir: string): Promise<void> {
  let errors = "";
  const note = (chunk: unknown) => {
    errors += chunk;
  };
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const ended = (code: number | null) =>
    reject(new Error(`Unable to start the simulator (exit code ${code}): ${errors}`));
  child.stderr?.on("data", note);
  child.stdout?.once("data", () => resolve());
  child.once("error", reject).once("exit", ended);
  child.stdin?.write(`${dir}\n`);
  try {
    await promise;
  } finally {
    child.stderr?.off("data", note).resume();
    child.off("error", reject).off("exit", ended);
  }
}

/** Lets a process keep this one alive, or not. It learns from the pipe to its stdin when this one has ended. */
function keepAlive(child: ChildProcess, keeps: boolean): void {
  const method = keeps ? "ref" : "unref";
  child[method]();
  for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as Socket | null)?.[method]();
}

/** Gets a process that simulates the host in this folder; a detached one outlives its owner. */
export async function takeProcess(dir: string, detached: boolean): Promise<ChildProcess> {
  const child = (detached ? undefined : idle.pop()) ?? startProcess(detached ? dir : undefined);
  keepAlive(child, true);
  await untilReady(child, dir);
  keepAlive(child, false);
  if (detached) {
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
  return child;
}

/** Keeps a process whose world is closed for the next one. One is enough; others end. */
export function giveBack(child: ChildProcess): void {
  if (child.stdin && isRunning(child) && idle.length === 0) idle.push(child);
  else child.stdin?.end();
}
