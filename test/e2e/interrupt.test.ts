import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { RunResult } from "../engine/index.ts";
import { until } from "../support/until.ts";
import { inLab, JUST_BOOTED, type Lab, onStatus, places, signalTo, succeeded } from "./lab.ts";

/** Milliseconds that a resource may continue after Ctrl-C. */
const PROMPT_MS = 5_000;

const AUTOMATIC = `export const name = new multipass.Instance("dev", {}).name;`;

/** Whether a process is still running. */
function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * Runs `up` and interrupts it at a status, by a signal to the engine only. Returns how long its last resource
 * continued.
 */
async function interruptedAt(stack: Lab["stack"], status: RegExp): Promise<RunResult & { ms: number }> {
  const interrupt = new AbortController();
  let pressed = Number.NaN;
  let ended = Number.NaN;
  const press = async () => {
    pressed = performance.now();
    interrupt.abort();
  };
  const { onLog } = onStatus([status, press]);
  const run = await stack.up({
    signal: interrupt.signal,
    onLog(log) {
      onLog?.(log);
      if (log.severity === "error" && /multipass(?:-lab:index)?:/.test(log.urn ?? ""))
        ended = performance.now();
    },
  });
  assert.equal(run.ok, false, run.text);
  return { ...run, ms: ended - pressed };
}

/** The distinct names given to launches. */
async function launchedNames({ sim }: Lab): Promise<string[]> {
  const launches = (await sim.calls()).filter(({ argv }) => argv[0] === "launch");
  return [...new Set(launches.map(({ argv }) => String(argv[argv.indexOf("--name") + 1])))];
}

/**
 * Ways to end a run before Pulumi can record anything. The test engine has no process of its own to signal.
 */
const ENDINGS: { on: "both" | "cli"; end: (pids: { plugin: number; cli: number }) => void }[] = [
  { on: "both", end: ({ plugin }) => signalTo(plugin, "SIGKILL") },
  {
    on: "cli",
    end: ({ cli }) => {
      signalTo(cli, "SIGINT");
      setTimeout(() => signalTo(cli, "SIGINT"), 50);
    },
  },
  { on: "cli", end: ({ cli }) => signalTo(cli, "SIGKILL") },
];

for (const deployer of places()) {
  const isCli = deployer.name.includes("CLI");

  describe(`a run that is interrupted, on the ${deployer.name}`, () => {
    it("stops waiting for the daemon immediately, and the next up uses the same automatic name", () =>
      inLab(deployer, AUTOMATIC, { simulator: { faults: JUST_BOOTED } }, async (lab) => {
        const { stack, sim, resource } = lab;
        const { ms, text } = await interruptedAt(stack, /^waiting for the daemon/);
        assert.ok(ms < PROMPT_MS, `${ms} ms\n${text}`);
        const { id, outputs } = await resource("dev");
        assert.equal(outputs["ready"], false);
        await sim.setFaults({});
        await sim.startDaemon();
        assert.deepEqual(await launchedNames(lab), []);
        const up = succeeded(await stack.up());
        assert.equal(up.outputs["name"], id);
        assert.deepEqual(await launchedNames(lab), [id]);
      }));

    it("ends every other wait immediately, lets a running launch continue, and starts none [long]", () =>
      inLab(
        deployer,
        `const vm = new multipass.Instance("base", { name: "base" });`,
        { env: { PULUMI_MULTIPASS_LAUNCHES: "1" } },
        async ({ stack, sim, write, resource, counts }) => {
          succeeded(await stack.up());
          await sim.setFaults({ imageDownloadSeconds: 8 });
          write(`
const vm = new multipass.Instance("base", { name: "base" });
new multipass.Instance("first", { image: "22.04" });
new multipass.Instance("second", { image: "22.04" });
new multipass.Command("long", { instance: "base", create: ["sleep", "600"] });
new multipass.Snapshot("shot", { instance: "base" });
`);
          const { ms, text, logs } = await interruptedAt(stack, /^downloading the image/);
          assert.ok(ms < PROMPT_MS, `${ms} ms\n${text}`);
          assert.ok(
            logs.some(({ message }) => /^waiting for other launches/.test(message)),
            text,
          );
          const made = await Promise.all(["first", "second"].map(resource));
          assert.deepEqual(
            made.map(({ outputs }) => outputs["ready"]),
            [false, false],
          );
          assert.equal((await counts())["launch"], 2);
          assert.equal((await sim.world()).instances["base"]?.state, "Running");
          await sim.setFaults({});
          write(`
const vm = new multipass.Instance("base", { name: "base" });
export const names = ["first", "second"].map((name) => new multipass.Instance(name, { image: "22.04" }).name);
`);
          const up = succeeded(await stack.up());
          assert.deepEqual(
            up.outputs["names"],
            made.map(({ id }) => id),
          );
          assert.equal((await counts())["launch"], 3);
        },
      ));

    it("keeps the automatic name of a waiting create after kill -9 of the plugin or the CLI, or two Ctrl-C; no plugin outlives its CLI [long]", () =>
      inLab(deployer, AUTOMATIC, { simulator: { faults: { networkOutages: [{}] } } }, async (lab) => {
        const { dir, stack, sim } = lab;
        for (const { end } of ENDINGS.filter(({ on }) => isCli || on === "both")) {
          const pids = { plugin: 0, cli: 0 };
          const killed = await stack.up({
            onPlugin: (pid) => {
              pids.plugin = pid;
            },
            onCli: (pid) => {
              pids.cli = pid;
            },
            ...onStatus([/^waiting for image servers/, async () => end(pids)]),
          });
          assert.equal(killed.ok, false);
          await until(() => !runs(pids.plugin));
        }
        // A killed CLI leaves its lock.
        rmSync(join(dir, "state", ".pulumi", "locks"), { recursive: true, force: true });
        await sim.setFaults({});
        const up = succeeded(await stack.up());
        assert.deepEqual(await launchedNames(lab), [up.outputs["name"]]);
        assert.deepEqual(Object.keys((await sim.world()).instances), [up.outputs["name"]]);
      }));
  });
}
