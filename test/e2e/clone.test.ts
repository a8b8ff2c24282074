import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { doors, inLab, succeeded } from "./lab.ts";

const program = (golden: string, copy: string) => `
const golden = new multipass.Instance("golden", { name: "golden", ${golden} });
const web = new multipass.Clone("web", { source: golden, name: "web", ${copy} });
export const state = web.state;
export const ip = web.ipAddress;`;

for (const deployer of doors()) {
  describe(`a clone on the ${deployer.name}`, function () {
    // Each run of the real CLI takes seconds.
    this.timeout(240_000);

    it("is made from an instance that runs again afterwards, and is resized, repaired and deleted [long]", () =>
      inLab(deployer, program("", ""), {}, async ({ sim, stack, write, counts }) => {
        const world = async () => (await sim.world()).instances;
        const up = succeeded(await stack.up());
        assert.equal(up.outputs["state"], "Running");
        assert.equal(up.outputs["ip"], (await world())["web"]?.ipv4);
        assert.equal((await world())["golden"]?.state, "Running");
        const before = await counts();
        assert.ok((await stack.up()).ok);
        assert.deepEqual(await counts(), before);

        write(program("", "cpus: 2, disk: '8G'"));
        const resized = await stack.up();
        assert.equal(resized.summary.update, 1, resized.text);
        assert.deepEqual([(await world())["web"]?.cpus, (await world())["web"]?.disk], [2, 8 * 1024 ** 3]);

        await sim.instance("web").poke({ state: "Stopped" });
        assert.ok((await stack.refresh()).ok);
        const repaired = await stack.up();
        assert.equal(repaired.summary.update, 1, repaired.text);
        assert.equal((await world())["web"]?.state, "Running");

        await sim.instance("web").poke({ remove: true });
        assert.ok((await stack.refresh()).ok);
        const again = await stack.up();
        assert.equal(again.summary.create, 1, again.text);
        assert.equal((await counts())["clone"], 2);

        succeeded(await stack.destroy());
        assert.deepEqual(Object.keys(await world()), []);
      }));

    it("belongs to nobody once Pulumi has released it [long]", () => {
      const golden = `const golden = new multipass.Instance("golden", { name: "golden", powerState: "stopped" });`;
      const web = `${golden}
new multipass.Clone("web", { source: golden, name: "web", powerState: "stopped" }, { retainOnDelete: true });`;
      return inLab(deployer, web, {}, async ({ stack, write }) => {
        assert.ok((await stack.up()).ok);
        assert.ok((await stack.up()).ok);
        write(golden);
        assert.ok((await stack.up()).ok);
        write(web);
        const refused = await stack.up();
        assert.equal(refused.ok, false);
        assert.match(refused.text, /this stack did not create it/);
      });
    });

    it("leaves a stopped source stopped, and takes over no instance of somebody else [long]", () =>
      inLab(
        deployer,
        program(`powerState: "stopped"`, `powerState: "stopped"`),
        {},
        async ({ sim, stack, write }) => {
          succeeded(await stack.up());
          const { golden, web } = (await sim.world()).instances;
          assert.deepEqual([golden?.state, golden?.boots, web?.state], ["Stopped", 1, "Stopped"]);
          execFileSync(sim.bin, ["clone", "--name", "foreign", "golden"]);
          write(program(`powerState: "stopped"`, "").replaceAll(`name: "web"`, `name: "foreign"`));
          const refused = await stack.up();
          assert.equal(refused.ok, false);
          assert.match(refused.text, /this stack did not create it/);
          assert.ok((await sim.world()).instances["foreign"]);
        },
      ));

    it("names the version it needs [long]", () =>
      inLab(deployer, program("", ""), { simulator: { version: "1.14.1" } }, async ({ stack }) => {
        const refused = await stack.up();
        assert.equal(refused.ok, false);
        assert.match(refused.text, /Multipass 1\.14\.1 cannot clone/);
      }));
  });
}
