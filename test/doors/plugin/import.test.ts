import assert from "node:assert/strict";
import { execa } from "execa";
import { inLab, type Lab, plugins, succeeded, up } from "../../e2e/lab.ts";
import { machine } from "../../e2e/one-instance.ts";
import { opsOn } from "../../engine/fixture.ts";

const vm = (args: string, opts = "{}") =>
  `new multipass.Instance("vm", { name: "primary", ${args} }, ${opts});`;
const IMPORT = `{ import: "primary" }`;

/** Makes a machine that no stack knows. */
const launch = ({ sim }: Lab, ...args: string[]) =>
  execa(sim.bin, ["launch", "--name", "primary", ...args], { env: { ...sim.env } });

for (const deployer of plugins()) {
  describe(`[long] importing an instance on the ${deployer.name}`, () => {
    it("shows no difference, then or later, and nothing that Multipass does not tell replaces it", () =>
      inLab(deployer, vm("", IMPORT), {}, async (lab) => {
        await launch(lab, "22.04", "--cpus", "2", "--network", "br0");
        const imported = await up(lab);
        assert.deepEqual(opsOn(imported.steps, "vm"), ["import"]);
        const { id, outputs } = await lab.resource("vm");
        assert.deepEqual([id, outputs["cpus"], outputs["state"]], ["primary", 2, "Running"]);

        assert.deepEqual(opsOn((await up(lab, vm(""))).steps, "vm"), ["same"]);
        assert.deepEqual(opsOn(succeeded(await lab.stack.refresh()).steps, "vm"), ["refresh"]);
        assert.deepEqual(opsOn((await up(lab)).steps, "vm"), ["same"]);
        // How it was made was never said: to say it now is no reason to make it anew.
        const named = await up(lab, vm(`image: "24.04", cpus: 3, cloudInit: "#cloud-config\\n"`));
        assert.deepEqual(opsOn(named.steps, "vm"), ["update"]);
        const { cpus, image } = await machine(lab, "primary");
        assert.deepEqual([cpus, image], [3, "22.04"]);
        succeeded(await lab.stack.destroy());
        assert.deepEqual(Object.keys((await lab.sim.world()).instances), []);
      }));

    it("takes a machine that is stopped as it is", () =>
      inLab(deployer, vm(`powerState: "stopped"`, IMPORT), {}, async (lab) => {
        await launch(lab);
        await lab.sim.instance("primary").poke({ state: "Stopped" });
        assert.deepEqual(opsOn((await up(lab)).steps, "vm"), ["import"]);
        assert.equal((await machine(lab, "primary")).state, "Stopped");
      }));

    it("says that there is no such machine, and which resources cannot be imported", () =>
      inLab(deployer, vm("", IMPORT), {}, async (lab) => {
        const missing = await lab.stack.up();
        assert.equal(missing.ok, false);
        assert.match(missing.error ?? "", /does not exist/);
        lab.write(`new multipass.Alias("a", { instance: "x", command: "ls" }, { import: "x" });`);
        const refused = await lab.stack.up();
        assert.match(refused.error ?? "", /multipass-lab:index:Alias cannot be imported/);
      }));
  });
}
