import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { attachSimulator, type Simulator, startSimulator } from "../../simulator/src/index.ts";
import { disposed } from "../support/disposed.ts";
import { begin, run, until } from "../support/run.ts";

describe("startSimulator", () => {
  let sim: Simulator;
  const multipass = (...args: string[]) => run(sim.bin, args);

  before(async () => {
    sim = await startSimulator();
    await multipass("launch", "--name", "quick");
  });
  after(() => sim.close());

  it("offers an executable that needs no environment", async () => {
    assert.equal(sim.env.MULTIPASS_BIN, sim.bin);
    const { code, stdout } = await multipass("version", "--format", "json");
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(stdout), { multipass: "1.17.0", multipassd: "1.17.0" });
  });

  it("writes no coverage of its own while a stack's tests are measured", async function () {
    // A batch file has no way to take a variable from the environment that does not last.
    if (process.platform === "win32") this.skip();
    const folder = mkdtempSync(join(tmpdir(), "multipass-coverage-"));
    const { code } = await run(sim.bin, ["version"], { env: { NODE_V8_COVERAGE: folder } });
    assert.equal(code, 0);
    assert.deepEqual(readdirSync(folder), []);
    rmSync(folder, { recursive: true });
  });

  it("launches an instance without a fault plan in a blink", async () => {
    const { code, stdout, milliseconds } = await multipass("launch", "24.04", "--name", "swift");
    assert.equal(code, 0);
    assert.match(stdout, /Launched: swift in zone1\n/);
    // Real launches take a minute.
    assert.ok(milliseconds < 20_000, `took ${milliseconds} ms`);
  });

  it("records every call with its arguments, stdin, times and exit code", async () => {
    await run(sim.bin, ["exec", "quick", "--", "cat"], { input: "hello" });
    await multipass("info", "nosuch");
    const [cat, info] = (await sim.calls()).slice(-2);
    assert.deepEqual(cat?.argv, ["exec", "quick", "--", "cat"]);
    assert.equal(cat?.stdinBytes, 5);
    assert.equal(cat?.stdinSha256, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    assert.equal(cat?.exitCode, 0);
    assert.ok((cat?.endedAt ?? 0) >= (cat?.startedAt ?? Number.NaN));
    assert.equal(info?.exitCode, 2);
    assert.equal(info?.stdinBytes, undefined);
  });

  it("records the signal that ended a client", async () => {
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      const { child, done } = begin(sim.bin, ["exec", "quick", "--", "sh", "-c", "echo begun; sleep 60"]);
      await new Promise((begun) => child.stdout?.once("data", begun));
      child.kill(signal);
      await done;
      await until(async () => (await sim.calls()).at(-1)?.signal !== undefined);
      assert.equal((await sim.calls()).at(-1)?.signal, signal);
    }
  });

  it("shows the whole world and lets a test change it directly", async () => {
    assert.equal((await sim.world()).instances["quick"]?.state, "Running");
    await sim.instance("quick").poke({ state: "Stopped", files: { "/etc/motd": "drift\n" } });
    assert.match((await multipass("list", "--format", "csv")).stdout, /^quick,Stopped,/m);
    assert.equal((await sim.instance("quick").readFile("/etc/motd")).toString(), "drift\n");
    await sim.instance("quick").poke({ remove: true });
    assert.match((await multipass("info", "quick")).stderr, /does not exist/);
    await assert.rejects(sim.instance("quick").poke({ cpus: 1 }), /No instance "quick"/);
  });

  it("can be opened by another process through its folder", async () => {
    const attached = await attachSimulator(sim.dir);
    assert.equal(attached.bin, sim.bin);
    assert.ok((await attached.calls()).length > 0);
    await attached.setFaults({ commands: [{ command: "zones", text: "out of order" }] });
    assert.equal((await multipass("zones")).stderr, "zones failed: out of order\n");
    assert.equal((await multipass("zones")).code, 0);
  });

  it("shows its calls and its world even after it was closed", async () => {
    const closed = await startSimulator();
    await run(closed.bin, ["launch", "--name", "gone"]);
    await closed.close();
    assert.equal(existsSync(closed.dir), false);
    assert.deepEqual(
      (await closed.calls()).map(({ argv }) => argv[0]),
      ["launch"],
    );
    assert.equal((await closed.world()).instances["gone"]?.state, "Running");
  });

  it("names every wrong key of a fault plan", async () => {
    const wrong = { guest: { bootSeconds: "soon" } } as never;
    await assert.rejects(startSimulator({ faults: wrong }), /Invalid fault plan: guest\.bootSeconds: /);
    await assert.rejects(
      sim.setFaults({ socketAt: "tomorrow" }),
      /Invalid fault plan: socketAt: Expected a duration/,
    );
    for (const [plan, message] of [
      [{ sokcetAt: 1 }, /: sokcetAt: Unknown key\. Valid keys: socketAt, /],
      [{ guests: { web: { boot: 1 } } }, /: guests\.web\.boot: Unknown key\. Valid keys: bootSeconds, /],
      [{ guest: { ports: [80] } }, /: guest\.ports\.0: Expected an object$/],
      [{ failedFetchAborts: { down: 1 } }, /: failedFetchAborts\.down: Unknown key\. Valid keys: downFor, /],
      [{ launches: [{}] }, /: launches\.0\.phase: Missing$/],
      [{ launches: [{ stage: "A" }] }, /: launches\.0\.stage: Unknown key\. Valid keys: match, phase, /],
      [{ launches: [{ phase: "Q" }] }, /: launches\.0\.phase: Expected one of "A", "B", .*"N"$/],
      [{ launches: [{ phase: "A", times: 1.5 }] }, /: launches\.0\.times: Expected a whole number$/],
      [
        { guest: { sshFlaky: 2 }, diskFull: 1 },
        /: guest\.sshFlaky: Expected at most 1\n.*: diskFull: Expected boolean$/,
      ],
      [[], /: \(the plan\): Expected an object$/],
    ] as const)
      await assert.rejects(sim.setFaults(plan as never), message);
  });

  it("keeps its world in the given folder after its end", async () => {
    const dir = mkdtempSync(join(tmpdir(), "simulator-test-"));
    try {
      const first = await startSimulator({ dir });
      await run(first.bin, ["launch", "--name", "kept"]);
      await first.close();
      assert.equal((await first.calls()).length, 1);
      const second = disposed(await startSimulator({ dir }));
      assert.match((await run(second.bin, ["list", "--format", "csv"])).stdout, /^kept,Running,/m);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });

  it("accepts a folder with a long and unusual name", async () => {
    const parent = mkdtempSync(join(tmpdir(), "simulator-test-"));
    try {
      const dir = join(parent, `it's "a" $HOME of ${"many ".repeat(20)}words`);
      const long = disposed(await startSimulator({ dir }));
      assert.equal((await run(long.bin, ["launch", "--name", "far"])).code, 0);
      await long.stopDaemon();
      assert.equal((await run(long.bin, ["list"])).code, 2);
    } finally {
      rmSync(parent, { recursive: true, force: true });
    }
  });

  it("ends with the process that started it, however that one ends", async () => {
    const program = `
      import { startSimulator } from ${JSON.stringify(new URL("../../simulator/src/index.ts", import.meta.url).href)};
      const sim = await startSimulator();
      console.log(sim.dir);
      setInterval(() => {}, 1000);
    `;
    const owner = spawn(process.execPath, ["--input-type=module", "-e", program]);
    const dir = await new Promise<string>((resolve) =>
      owner.stdout.once("data", (chunk) => resolve(String(chunk).trim())),
    );
    assert.ok(existsSync(dir));
    owner.kill("SIGKILL");
    await until(() => !existsSync(dir));
  });

  it("does not keep its owner running", async () => {
    const program = `
      import { startSimulator } from ${JSON.stringify(new URL("../../simulator/src/index.ts", import.meta.url).href)};
      await startSimulator();
    `;
    const owner = spawn(process.execPath, ["--input-type=module", "-e", program]);
    assert.equal(await new Promise((resolve) => owner.on("exit", resolve)), 0);
  });

  it("outlives its owner when detached", async () => {
    const dir = mkdtempSync(join(tmpdir(), "simulator-test-"));
    const program = `
      import { startSimulator } from ${JSON.stringify(new URL("../../simulator/src/index.ts", import.meta.url).href)};
      await startSimulator({ detached: true, dir: ${JSON.stringify(dir)} });
    `;
    const owner = spawn(process.execPath, ["--input-type=module", "-e", program]);
    await new Promise((resolve) => owner.on("exit", resolve));
    const attached = await attachSimulator(dir);
    assert.equal((await run(attached.bin, ["list"])).code, 0);
    await attached.close();
    assert.equal((await run(attached.bin, ["list"])).code, 2);
    rmSync(dir, { recursive: true, force: true });
  });
});
