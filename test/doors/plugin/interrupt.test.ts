import assert from "node:assert/strict";
import { inLab, JUST_BOOTED, onStatus, plugins, signalTo, succeeded, up } from "../../e2e/lab.ts";

/** What a resource may go on after Ctrl-C. */
const PROMPT_MS = 5_000;
const PROGRAM = `export const name = new multipass.Instance("dev", {}).name;`;

const runs = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

for (const deployer of plugins()) {
  describe(`[long] an interrupted run of the plugin, on the ${deployer.name}`, () => {
    it("stops waiting at once, keeps what it has, and is resumed by the next up", () =>
      inLab(deployer, PROGRAM, { simulator: { faults: JUST_BOOTED } }, async (lab) => {
        const { stack, sim, resource } = lab;
        const interrupt = new AbortController();
        let [pressed, ended] = [Number.NaN, Number.NaN];
        const { onLog } = onStatus([
          /^waiting for the daemon/,
          async () => {
            pressed = performance.now();
            interrupt.abort();
          },
        ]);
        const stopped = await stack.up({
          signal: interrupt.signal,
          onLog(log) {
            onLog?.(log);
            if (log.severity === "error" && log.urn?.includes("multipass-lab")) ended = performance.now();
          },
        });
        assert.equal(stopped.ok, false, stopped.text);
        assert.ok(ended - pressed < PROMPT_MS, `${ended - pressed} ms\n${stopped.text}`);
        const { id, outputs, initErrors } = await resource("dev");
        assert.equal(outputs["ready"], false);
        assert.equal(initErrors.length, 1);
        await sim.setFaults({});
        await sim.startDaemon();
        const resumed = await up(lab);
        assert.equal(resumed.outputs["name"], id);
        assert.deepEqual(Object.keys((await sim.world()).instances), [id]);
      }));

    it("is resumed after the plugin was killed in a create", () =>
      inLab(deployer, PROGRAM, {}, async (lab) => {
        const { stack, sim } = lab;
        let pid = 0;
        const killed = await stack.up({
          onPlugin: (one) => {
            pid = one;
          },
          ...onStatus([/^launching/, async () => signalTo(pid, "SIGKILL")]),
        });
        assert.equal(killed.ok, false, killed.text);
        const { outputs } = succeeded(await stack.up());
        assert.deepEqual(Object.keys((await sim.world()).instances), [outputs["name"]]);
        assert.equal(runs(pid), false);
      }));
  });
}
