import assert from "node:assert/strict";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { execa } from "execa";

const shutdown = fileURLToPath(new URL("../../provider/doors/shutdown.ts", import.meta.url));

/** Runs a program, of which `whenReady` is told the first line of output. */
async function run(
  program: string,
  whenReady: (kill: (signal: NodeJS.Signals) => void, line: string) => unknown,
  { args = [], preload = "" }: { args?: string[]; preload?: string } = {},
) {
  const child = execa(
    process.execPath,
    [
      ...["--import", `data:text/javascript,${encodeURIComponent(preload)}`],
      ...["--input-type=module", "-e", program, "plugin", ...args],
    ],
    { reject: false },
  );
  child.stdout.once("data", (line: Buffer) => whenReady((signal) => child.kill(signal), String(line).trim()));
  return child;
}

const LOAD = `const { shutdownSignal } = await import(${JSON.stringify(shutdown)});`;
const KEEP = `const keep = setInterval(() => {}, 1000);`;

/** Two operations, of which one takes its time to record what exists. */
const OPERATIONS = `
const one = shutdownSignal(), two = shutdownSignal();
one.signal.addEventListener("abort", async () => {
  console.log("told");
  one.release();
  await new Promise((done) => setTimeout(done, 700));
  console.log("recorded");
  two.release();
});
console.log("ready");`;

/** A server that was started before the module is loaded, as the SDK's is. It prints its port. */
const SERVER = `
import http2 from "node:http2";
const server = http2.createServer();
server.on("stream", (stream) => stream.respond({ ":status": 200 }, { endStream: true }));
await new Promise((done) => server.listen(0, "127.0.0.1", done));
${LOAD}
const { signal, release } = shutdownSignal();
signal.addEventListener("abort", () => {
  console.log("told");
  release();
  setTimeout(() => process.exit(3), 700);
});
console.log(server.address().port);`;

/** Calls a method of a gRPC server, and waits until it is answered. */
function call(port: string, path: string): Promise<void> {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  return new Promise((resolve, reject) => {
    session.on("error", reject);
    session.request({ ":method": "POST", ":path": path }).on("response", () => {
      session.destroy();
      resolve();
    });
  });
}

describe("a process that is told to end", () => {
  before(function () {
    // Windows has no signals, and ends a process without asking it.
    if (process.platform === "win32") this.skip();
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`by ${signal} lets its operations end, and then does`, async () => {
      const { stdout, exitCode } = await run(`${LOAD}${KEEP}${OPERATIONS}`, (kill) => kill(signal));
      assert.equal(stdout, "ready\ntold\nrecorded");
      assert.equal(exitCode, 130);
    });
  }

  it("by the end of the engine's process lets its operations end, and then does", async () => {
    const engine = http2.createServer();
    const sessions: http2.ServerHttp2Session[] = [];
    const connected = new Promise<void>((resolve) => {
      engine.on("session", (session) => {
        sessions.push(session);
        resolve();
      });
    });
    await new Promise<void>((resolve) => engine.listen(0, "127.0.0.1", resolve));
    const { port } = engine.address() as AddressInfo;
    const end = async () => {
      await connected;
      engine.close();
      for (const session of sessions) session.destroy();
    };
    const { stdout, exitCode } = await run(`${LOAD}${KEEP}${OPERATIONS}`, end, {
      args: [`127.0.0.1:${port}`],
    });
    assert.equal(stdout, "ready\ntold\nrecorded");
    assert.equal(exitCode, 130);
  });

  it("ends like any process while no operation is under way", async () => {
    const { signal } = await run(`${LOAD}${KEEP} shutdownSignal().release(); console.log("ready");`, (kill) =>
      kill("SIGTERM"),
    );
    assert.equal(signal, "SIGTERM");
  });

  it("keeps running otherwise", async () => {
    const { stdout, exitCode } = await run(
      `${LOAD} shutdownSignal().release(); setTimeout(() => console.log("end"), 700); console.log("ready");`,
      () => undefined,
    );
    assert.equal(stdout, "ready\nend");
    assert.equal(exitCode, 0);
  });
});

describe("the engine's call Cancel", () => {
  const WITHOUT_CHANNEL = `
import channels from "node:diagnostics_channel";
import { syncBuiltinESMExports } from "node:module";
channels.subscribe = () => {};
syncBuiltinESMExports();`;

  for (const [node, preload] of [
    ["this Node.js", ""],
    ["a Node.js without a diagnostics channel for it", WITHOUT_CHANNEL],
  ] as const) {
    it(`ends the operations and not the process, on ${node}`, async () => {
      const { stdout, exitCode } = await run(
        SERVER,
        async (_, port) => {
          await call(port, "/pulumirpc.ResourceProvider/Check");
          await call(port, "/pulumirpc.ResourceProvider/Cancel");
        },
        { preload },
      );
      assert.match(stdout, /^\d+\ntold$/);
      assert.equal(exitCode, 3);
    });
  }
});
