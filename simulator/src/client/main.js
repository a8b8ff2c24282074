// @ts-check
/**
 * The simulator's `multipass`. It connects to the simulated daemon and lends it its streams. It loads the
 * commands itself only when that fails.
 *
 * Tests start it thousands of times, so it must start fast: it is plain JavaScript, which needs no
 * compilation, and imports only modules that Node.js has already loaded.
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { homedir } from "node:os";

/** @typedef {{ socket: string, rootCertificate: string, calls: string, offline: string, timeScale: number }} ClientConfig */

const [, , root = "", ...argv] = process.argv;
/** @type {ClientConfig} */
const config = JSON.parse(readFileSync(`${root}/client.json`, "utf8"));
const id = `${Date.now().toString(36)}-${process.pid}`;
const home = process.env["XDG_DATA_HOME"] || process.env["HOME"] || process.env["USERPROFILE"] || homedir();
const startedAt = Date.now();
/** @type {{ stdinSha256?: string, stdinBytes?: number }} */
let stdinRecord = {};
let word = argv.find((argument) => !argument.startsWith("-")) ?? "";

/** @param {object} entry */
function record(entry) {
  appendFileSync(config.calls, `${JSON.stringify({ id, ...entry })}\n`);
}

/** @param {number} exitCode */
function exit(exitCode) {
  record({ endedAt: Date.now(), exitCode, ...stdinRecord });
  process.exitCode = exitCode;
  process.stdin.destroy();
}

/** @returns {Promise<Buffer>} */
function readStdin() {
  /** @type {Buffer[]} */
  const chunks = [];
  return new Promise((resolve, reject) => {
    process.stdin.on("data", (/** @type {Buffer} */ chunk) => chunks.push(chunk));
    process.stdin.on("end", () => resolve(Buffer.concat(chunks)));
    process.stdin.on("error", reject);
  });
}

/**
 * Does what the client can do without a daemon, which never ran or has died.
 *
 * @param {"unreachable" | "access denied"} failure
 * @param {number} [waited]
 */
async function offline(failure, waited) {
  const { enableCompileCache } = await import("node:module");
  enableCompileCache(`${root}/compile-cache`);
  const { runOffline } = await import(config.offline);
  const io = {
    argv,
    cwd: process.cwd(),
    home,
    /** @param {string | Uint8Array} text */
    out: (text) => process.stdout.write(text),
    /** @param {string | Uint8Array} text */
    err: (text) => process.stderr.write(text),
    readStdin,
    /** @param {string} path */
    readFile: async (path) => readFileSync(path),
    /** @param {string} newWord */
    setWord: (newWord) => {
      word = newWord;
    },
    gone: new AbortController().signal,
  };
  const outcome = await runOffline(io, root, failure, waited);
  if ("exitCode" in outcome) exit(outcome.exitCode);
  else converse(outcome.waited);
}

/** @param {number} [waited] milliseconds of simulated time */
function converse(waited) {
  const socket = connect(socketPath());
  let pending = "";
  let connected = false;
  let finished = false;
  /** @param {object} frame */
  const send = (frame) => socket.write(`${JSON.stringify(frame)}\n`);

  /** @param {Record<string, unknown>} frame */
  const receive = (frame) => {
    if (typeof frame["out"] === "string") process.stdout.write(frame["out"]);
    else if (typeof frame["err"] === "string") process.stderr.write(frame["err"]);
    else if (typeof frame["outHex"] === "string") process.stdout.write(Buffer.from(frame["outHex"], "hex"));
    else if (typeof frame["errHex"] === "string") process.stderr.write(Buffer.from(frame["errHex"], "hex"));
    else if (typeof frame["word"] === "string") word = frame["word"];
    else if (typeof frame["ask"] === "number") answer(frame["ask"], frame);
    else if (typeof frame["exit"] === "number") {
      finished = true;
      const { exit: exitCode, ...rest } = frame;
      stdinRecord = rest;
      exit(Number(exitCode));
    }
  };
  /**
   * @param {number} request
   * @param {Record<string, unknown>} frame
   */
  const answer = async (request, frame) => {
    try {
      const data = frame["op"] === "stdin" ? await readStdin() : readFileSync(String(frame["path"]));
      send({ answer: request, data: data.toString("hex") });
    } catch (error) {
      send({ answer: request, error: error instanceof Error ? error.message : String(error) });
    }
  };

  socket.setEncoding("utf8");
  socket.on("connect", () => {
    connected = true;
    send({
      hello: { id, argv, cwd: process.cwd(), home, ...(waited === undefined ? {} : { waited }) },
    });
  });
  socket.on("data", (/** @type {string} */ text) => {
    pending += text;
    for (let end = pending.indexOf("\n"); end >= 0; end = pending.indexOf("\n")) {
      receive(JSON.parse(pending.slice(0, end)));
      pending = pending.slice(end + 1);
    }
  });
  let denied = false;
  socket.on("error", (/** @type {NodeJS.ErrnoException} */ error) => {
    denied = error.code === "EACCES";
  });
  socket.on("close", () => {
    if (finished) return;
    if (!connected || word === "wait-ready") {
      const elapsed = (Date.now() - startedAt) * config.timeScale;
      offline(denied ? "access denied" : "unreachable", connected ? elapsed : waited);
      return;
    }
    // The daemon died during the command. The real client cannot tell that from a daemon that never ran.
    process.stderr.write(`${word} failed: cannot connect to the multipass socket\n`);
    exit(2);
  });
}

function socketPath() {
  const address = process.env["MULTIPASS_SERVER_ADDRESS"];
  return address?.startsWith("unix:") ? address.slice("unix:".length) : config.socket;
}

/** Errors that end the real client before it looks at its arguments. */
function fatal() {
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

for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
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
