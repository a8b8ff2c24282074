import assert from "node:assert/strict";
import { inLab, JUST_BOOTED, onStatus, plugins, succeeded, up } from "../../e2e/lab.ts";
import { instance, vm } from "../../e2e/one-instance.ts";
import { opsOn } from "../../engine/fixture.ts";
import type { StepRecord } from "../../engine/index.ts";

/** The changes of the properties of the one resource. */
const diffOn = (steps: StepRecord[]) =>
  steps.flatMap(({ urn, diff }) => (urn.endsWith("::dev") && diff ? [diff] : []))[0];

for (const deployer of plugins()) {
  describe(`an instance on the ${deployer.name}`, () => {
    it("is created through a boot race, changed in place, refreshed and destroyed", () =>
      inLab(
        deployer,
        vm(`retry: { initialDelay: "500ms" }`),
        { simulator: { timeScale: 10, faults: JUST_BOOTED } },
        async (lab) => {
          const { stack, sim } = lab;
          const made = await stack.up(
            onStatus([
              /^waiting for the daemon/,
              async () => {
                await sim.setFaults({});
                await sim.startDaemon();
              },
            ]),
          );
          assert.ok(made.ok, made.text);
          const { id, type, outputs } = await lab.resource("dev");
          assert.deepEqual([id, type], ["dev", "multipass-lab:index:Instance"]);
          assert.equal(outputs["ready"], true);
          assert.match(String(outputs["ipAddress"]), /^\d+\./);

          succeeded(await stack.up());
          const changed = await up(lab, vm("cpus: 2"));
          assert.deepEqual(
            changed.steps.filter(({ urn }) => urn.endsWith("::dev")).map(({ op, diff }) => [op, diff]),
            [["update", { cpus: "add", retry: "delete" }]],
          );
          assert.equal((await instance(lab)).cpus, 2);

          const refreshed = succeeded(await stack.refresh());
          assert.equal(refreshed.summary.update, undefined);
          succeeded(await stack.destroy());
          assert.deepEqual(Object.keys((await sim.world()).instances), []);
        },
      ));

    it("[long] shows what replaces it, replaces it, and suggests the right name for a misspelt argument", () =>
      inLab(deployer, vm("cpus: 1"), {}, async (lab) => {
        const { stack, sim } = lab;
        const preview = succeeded(await stack.preview());
        assert.deepEqual(opsOn(preview.steps, "dev"), ["create"]);
        await up(lab);
        await sim.instance("dev").poke({ state: "Stopped" });
        const stopped = succeeded(await stack.refresh());
        assert.deepEqual(opsOn(stopped.steps, "dev"), ["refresh"]);
        const started = succeeded(await stack.preview());
        assert.deepEqual(diffOn(started.steps), { powerState: "delete" });
        const replaced = await up(lab, vm(`image: "22.04"`));
        assert.deepEqual(diffOn(replaced.steps)?.["image"], "update-replace");
        assert.deepEqual(opsOn(replaced.steps, "dev"), ["delete-replaced", "replace", "create-replacement"]);
        assert.equal((await instance(lab)).image, "22.04");
      }));

    it("shows in a preview which outputs will be known", () =>
      inLab(
        deployer,
        `const vm = new multipass.Instance("dev", { name: "dev" });
         export const [id, name, ip] = [vm.id, vm.name, vm.ipAddress];`,
        {},
        async ({ stack }) => {
          const { text } = succeeded(await stack.preview());
          assert.match(text, /^ +id *: "dev"$/m);
          assert.match(text, /^ +name *: "dev"$/m);
          assert.doesNotMatch(text, /^ +ip *: "/m);
        },
      ));
  });
}
