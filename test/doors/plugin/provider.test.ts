import assert from "node:assert/strict";
import { startSimulator } from "../../../simulator/src/index.ts";
import { inLab, plugins, succeeded, up } from "../../e2e/lab.ts";
import { opsOn } from "../../engine/fixture.ts";

for (const deployer of plugins()) {
  describe(`[long] a provider of the plugin on the ${deployer.name}`, () => {
    it("reaches a daemon at another address besides the default one", async () => {
      await using other = await startSimulator({});
      await inLab(
        deployer,
        `const other = new multipass.Provider("other", { serverAddress: "${other.env.MULTIPASS_SERVER_ADDRESS}" });
         new multipass.Instance("here", { name: "same" });
         new multipass.Instance("there", { name: "same", cpus: 2 }, { provider: other });
         export const found = multipass.getInstances({}, { provider: other }).then((all) => all.map(({ name }) => name));`,
        {},
        async ({ stack, sim }) => {
          succeeded(await stack.up());
          const seen = async (one: typeof sim) =>
            Object.values((await one.world()).instances).map(({ name, cpus }) => [name, cpus]);
          assert.deepEqual(await seen(sim), [["same", 1]]);
          assert.deepEqual(await seen(other), [["same", 2]]);
          const refreshed = succeeded(await stack.refresh());
          assert.equal(refreshed.summary.delete, undefined);
          const again = succeeded(await stack.up());
          assert.deepEqual(again.outputs["found"], ["same"]);
          assert.deepEqual(Object.keys(again.summary), ["same"], again.text);
          succeeded(await stack.destroy());
          assert.deepEqual([await seen(sim), await seen(other)], [[], []]);
        },
      );
    });

    it("is changed in place, and changes no instance", () => {
      const program = (create: string, more = "") => `
        const own = new multipass.Provider("own", { timeouts: { create: "${create}" } ${more} });
        new multipass.Instance("dev", { name: "dev" }, { provider: own });`;
      return inLab(deployer, program("20m"), {}, async (lab) => {
        await up(lab);
        for (const changed of [program("30m"), program("30m", `, multipassPath: "${lab.sim.bin}"`)]) {
          const { summary, steps, text } = await up(lab, changed);
          assert.deepEqual([summary.update, opsOn(steps, "dev")], [1, ["same"]], text);
        }
        assert.deepEqual(Object.keys((await up(lab)).summary), ["same"]);
      });
    });

    it("gives its resources defaults, also from the stack's configuration, and keeps them out of the state", () =>
      inLab(
        deployer,
        `new multipass.Instance("dev", { name: "dev", retry: { maxDelay: "1s" } });`,
        { simulator: { faults: { socketAt: "9h" } } },
        async ({ stack, resource, sim }) => {
          await stack.setConfig("multipass-lab:timeouts", JSON.stringify({ create: "4s" }));
          await stack.setConfig("multipass-lab:retry", JSON.stringify({ initialDelay: "100ms" }));
          const failed = await stack.up();
          assert.equal(failed.ok, false);
          assert.match(failed.text, /gave up after [3-6]s/);
          const { inputs, outputs } = await resource("dev");
          for (const properties of [inputs, outputs]) {
            assert.equal(properties["timeouts"], undefined);
            assert.deepEqual(properties["retry"], { maxDelay: "1s" });
          }
          await sim.setFaults({});
          await sim.startDaemon();
          await stack.setConfig("multipass-lab:timeouts", JSON.stringify({ create: "20m", update: "20m" }));
          assert.deepEqual(opsOn(succeeded(await stack.up()).steps, "dev"), ["update"]);
          await stack.setConfig("multipass-lab:timeouts", JSON.stringify({ create: "1h" }));
          assert.deepEqual(opsOn(succeeded(await stack.up()).steps, "dev"), ["same"]);
        },
      ));

    it("refuses an unknown key and an invalid value", () =>
      inLab(deployer, `new multipass.Instance("dev");`, {}, async ({ stack }) => {
        await stack.setConfig("multipass-lab:serverAddresses", "x");
        const misspelt = await stack.up();
        assert.match(misspelt.text, /serverAddresses is not an argument: did you mean `serverAddress`/);
        await stack.setConfig("multipass-lab:timeouts", JSON.stringify({ create: "soon" }));
        assert.match((await stack.up()).text, /timeouts\.create is not a duration/);
      }));

    it("gives each resource the time that customTimeouts allows", () =>
      inLab(
        deployer,
        `new multipass.Instance("dev", { name: "dev" }, { customTimeouts: { create: "3s" } });`,
        { simulator: { faults: { socketAt: "9h" } } },
        async ({ stack }) => {
          const begun = performance.now();
          const failed = await stack.up();
          assert.equal(failed.ok, false, failed.text);
          assert.ok(performance.now() - begun < 60_000);
        },
      ));
  });
}
