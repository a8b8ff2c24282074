import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { ensureReady } from "../../../provider/core/instance/requirements.ts";
import type { ReadinessCheckInput } from "../../../provider/core/instance/waiting.ts";
import { endsBefore } from "../../support/ends-before.ts";
import { operationFor } from "../../support/operations.ts";
import { openSimulatedHost, ownerOf, type SimulatedHost } from "../../support/simulated-host.ts";

/** Slightly less than the time limit of one look. */
const ONE_LOOK_MS = 9_000;

describe("a custom readiness check", () => {
  let host: Awaited<ReturnType<typeof openSimulatedHost>>;
  let server: Server;
  let asked = 0;
  let authorization: string | undefined;
  let answer: (respond: () => void) => void;

  before(async () => {
    host = await openSimulatedHost({});
    await host.subject.create({ name: "dev" });
    server = createServer(({ headers }, response) => {
      asked += 1;
      authorization = headers.authorization;
      answer(() => response.end("well"));
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
  });
  beforeEach(() => {
    asked = 0;
    answer = (respond) => respond();
  });
  after(async () => {
    server.closeAllConnections();
    server.close();
    await host.close();
  });

  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const check = (
    subject: SimulatedHost,
    one: ReadinessCheckInput,
    { signal, seconds = 600 }: { signal?: AbortSignal; seconds?: number } = {},
  ) => {
    const ctx = subject.context(signal);
    const readiness = { cloudInit: "skip" as const, checks: [one] };
    return ensureReady(operationFor(seconds * 1000, ctx), { name: "dev", owner: ownerOf("dev"), readiness });
  };

  /** What the row says of a command that fails. */
  async function waitingFor(command: string[]): Promise<string> {
    const over = new AbortController();
    const { subject } = host;
    const before = subject.said.length;
    const work = check(subject, { command }, { signal: over.signal });
    const waiting = () =>
      subject.said.slice(before).find((line) => line.startsWith("waiting for the command"));
    while (!waiting()) await delay(20);
    over.abort();
    await assert.rejects(work);
    return waiting() ?? "";
  }

  it("that fails without output leaves no colon in the status", async () => {
    assert.match(
      await waitingFor(["false"]),
      /^waiting for the command "false": it exited with code 1 · gives up [\d:]{8}$/,
    );
  });

  it("is named after the program that sudo runs, without its arguments", async () => {
    const status = await waitingFor(["sudo", "grep", "-q", "password", "/nothing"]);
    assert.match(status, /^waiting for the command "grep": it exited with code/);
    assert.doesNotMatch(status, /password/);
    const withVariable = await waitingFor(["sudo", "PASSWORD=secret", "false"]);
    assert.match(withVariable, /^waiting for the command "sudo": it exited with code/);
  });

  async function endsWithProcess(one: ReadinessCheckInput) {
    const over = new AbortController();
    const work = check(host.subject, one, { signal: over.signal });
    setTimeout(() => over.abort(), 500);
    await endsBefore(ONE_LOOK_MS, assert.rejects(work, /cancelled/i));
  }

  it("of a URL can pass within as little time as requested", async () => {
    for (const timeout of ["10s", "4s"]) await check(host.subject, { http: { url: url() }, timeout });
    assert.equal(asked, 2);
  });

  it("of a URL with a user and a password logs in as that user", async () => {
    for (const [written, meant] of [
      ["joe:p%40ss", "joe:p@ss"],
      ["joe:100%", "joe:100%"],
    ]) {
      await check(host.subject, { http: { url: url().replace("//", `//${written}@`) }, timeout: "10s" });
      assert.equal(authorization, `Basic ${Buffer.from(meant ?? "").toString("base64")}`);
    }
    await check(host.subject, { http: { url: url() }, timeout: "10s" });
    assert.equal(authorization, undefined);
  });

  it("of a URL is repeated until its time is up", async () => {
    answer = (respond) => {
      if (asked > 3) respond();
      else server.closeAllConnections();
    };
    // The fourth attempt is in the last ten seconds, which leaves half a second of slack for a busy computer.
    await check(host.subject, { http: { url: url() }, timeout: "36s", interval: "9s" });
    assert.equal(asked, 4);
  });

  it("of a URL at an address unknown to the daemon ends at its timeout", async () => {
    const { sim } = host.subject;
    await sim.setFaults({ commands: [{ command: "info", delay: 600 }] });
    const began = performance.now();
    await assert.rejects(
      check(host.subject, { http: { url: "http://{ip}/" }, timeout: "2s" }),
      /http:\/\/\{ip\}\/ was not ready in time/,
    );
    assert.ok(performance.now() - began < 15_000);
    await sim.setFaults({});
  });

  it("of a URL that never answers ends with the process", async () => {
    answer = () => undefined;
    await endsWithProcess({ http: { url: url() } });
  });

  describe("of a port that never answers", () => {
    let deaf: { port: number; close(): void };
    before(async function () {
      // On other systems the kernel itself refuses or accepts connections that a busy program has not
      // accepted.
      if (process.platform !== "linux") this.skip();
      deaf = await deafPort();
    });
    after(() => deaf?.close());
    const tcp = () => ({ port: deaf.port, host: "127.0.0.1" });

    it("ends with the process", async () => {
      await endsWithProcess({ tcp: tcp() });
    });

    it("ends at its timeout, however short", async () => {
      const work = check(host.subject, { tcp: tcp(), timeout: "0.001s" });
      await endsBefore(ONE_LOOK_MS, assert.rejects(work, /port \d+ was not ready/));
    });
  });
});

/** A port with a full connection queue: clients are neither accepted nor refused. */
async function deafPort(): Promise<{ port: number; close(): void }> {
  const script = `require("node:net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, function () {
    require("node:fs").writeSync(1, this.address().port + "\\n");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  })`;
  const child = execFile(process.execPath, ["-e", script]);
  const [line] = await once(child.stdout as NodeJS.ReadableStream, "data");
  const port = Number(line);
  const callers = Array.from({ length: 4 }, () => connect({ host: "127.0.0.1", port }));
  for (const caller of callers) caller.on("error", () => undefined);
  await Promise.race(callers.slice(0, 1).map((caller) => once(caller, "connect")));
  return {
    port,
    close() {
      for (const caller of callers) caller.destroy();
      child.kill("SIGKILL");
    },
  };
}
