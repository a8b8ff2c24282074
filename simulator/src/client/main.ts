/**
 * The `multipass` that the simulator offers: as light as possible, since tests start it hundreds of times. It connects
 * to the simulated daemon and lends it its streams. Only when that fails does it load the commands itself.
 * No imports besides Node's own: this file is also run as a copy without its neighbours.
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { homedir } from "node:os";

interface ClientConfig {
  socket: string;
  rootCertificate: string;
  calls: string;
  offline: string;
  timeScale: number;
}

const [, , root = "", ...argv] = process.argv;
const config = JSON.parse(readFileSync(`${root}/client.json`, "utf8")) as ClientConfig;
const id = `${Date.now().toString(36)}-${process.pid}`;
const home = process.env["XDG_DATA_HOME"] || process.env["HOME"] || process.env["USERPROFILE"] || homedir();
const startedAt = Date.now();
let stdinRecord: { stdinSha256?: string; stdinBytes?: number } = {};
let word = argv.find((argument) => !argument.startsWith("-")) ?? "";

function record(entry: object): void {
  appendFileSync(config.calls, `${JSON.stringify({ id, ...entry })}\n`);
}

function exit(exitCode: number): void {
  record({ endedAt: Date.now(), exitCode, ...stdinRecord });
  process.exitCode = exitCode;
  process.stdin.destroy();
}

function readStdin(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  return new Promise((resolve, reject) => {
    process.stdin.on("data", (chunk: Buffer) => chunks.push(chunk));
    process.stdin.on("end", () => resolve(Buffer.concat(chunks)));
    process.stdin.on("error", reject);
  });
}

/** What to do when there is no daemon to talk to: at first, or because it died meanwhile. */
async function offline(failure: "unreachable" | "access denied", waited?: number): Promise<void> {
  const { enableCompileCache } = await import("node:module");
  enableCompileCache(`${root}/compile-cache`);
  const { runOffline } = await import(config.offline);
  const io = {
    argv,
    cwd: process.cwd(),
    home,
    out: (text: string | Uint8Array) => process.stdout.write(text),
    err: (text: string | Uint8Array) => process.stderr.write(text),
    readStdin,
    readFile: async (path: string) => readFileSync(path),
    setWord: (newWord: string) => {
      word = newWord;
    },
    gone: new AbortController().signal,
  };
  const outcome = await runOffline(io, root, failure, waited);
  if ("exitCode" in outcome) exit(outcome.exitCode);
  else converse(outcome.waited);
}

function converse(waited?: number): void {
  const socket = connect(socketPath());
  let pending = "";
  let connected = false;
  let finished = false;
  const send = (frame: object) => socket.write(`${JSON.stringify(frame)}\n`);

  const receive = (frame: Record<string, unknown>) => {
    if (typeof frame["out"] === "string") process.stdout.write(frame["out"]);
    else if (typeof frame["err"] === "string") process.stderr.write(frame["err"]);
    else if (typeof frame["out64"] === "string") process.stdout.write(Buffer.from(frame["out64"], "base64"));
    else if (typeof frame["err64"] === "string") process.stderr.write(Buffer.from(frame["err64"], "base64"));
    else if (typeof frame["word"] === "string") word = frame["word"];
    else if (typeof frame["ask"] === "number") answer(frame["ask"], frame);
    else if (typeof frame["exit"] === "number") {
      finished = true;
      const { exit: exitCode, ...rest } = frame;
      stdinRecord = rest;
      exit(exitCode as number);
    }
  };
  const answer = async (request: number, frame: Record<string, unknown>) => {
    try {
      const data = frame["op"] === "stdin" ? await readStdin() : readFileSync(frame["path"] as string);
      send({ answer: request, data: data.toString("base64") });
    } catch (error) {
      send({ answer: request, error: (error as Error).message });
    }
  };

  socket.setEncoding("utf8");
  socket.on("connect", () => {
    connected = true;
    send({
      hello: { id, argv, cwd: process.cwd(), home, ...(waited === undefined ? {} : { waited }) },
    });
  });
  socket.on("data", (text: string) => {
    pending += text;
    for (let end = pending.indexOf("\n"); end >= 0; end = pending.indexOf("\n")) {
      receive(JSON.parse(pending.slice(0, end)));
      pending = pending.slice(end + 1);
    }
  });
  let denied = false;
  socket.on("error", (error: NodeJS.ErrnoException) => {
    denied = error.code === "EACCES";
  });
  socket.on("close", () => {
    if (finished) return;
    if (!connected || word === "wait-ready") {
      const elapsed = (Date.now() - startedAt) * config.timeScale;
      offline(denied ? "access denied" : "unreachable", connected ? elapsed : waited);
      return;
    }
    // The daemon died in the middle. The real client cannot tell that from one that never ran.
    process.stderr.write(`${word} failed: cannot connect to the multipass socket\n`);
    exit(2);
  });
}

function socketPath(): string {
  const address = process.env["MULTIPASS_SERVER_ADDRESS"];
  return address?.startsWith("unix:") ? address.slice("unix:".length) : config.socket;
}

/** What ends the real client before it has looked at its arguments. */
function fatal(): string | undefined {
  const address = process.env["MULTIPASS_SERVER_ADDRESS"];
  if (address === "unix:") return `missing socket file in address '${address}'`;
  if (address && !address.startsWith("unix:")) {
    const [, port] = address.split(":");
    if (port === undefined || port === "") return `missing port number in address '${address}'`;
    if (!/^\d+$/.test(port)) return `invalid port number in address '${address}'`;
  }
  if (existsSync(config.rootCertificate)) return undefined;
  return `failed to open file '${config.rootCertificate}': No such file or directory(2)`;
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    record({ endedAt: Date.now(), signal });
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
record({ argv, startedAt });
const problem = fatal();
if (problem === undefined) {
  converse();
} else {
  process.stderr.write(`[error] [client] Caught an unhandled exception: ${problem}\n`);
  exit(1);
}
