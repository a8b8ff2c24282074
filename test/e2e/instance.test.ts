import assert from "node:assert/strict";
import { execa } from "execa";
import { doors, inLab, succeeded, up } from "./lab.ts";

const PROGRAM = `
const vm = new multipass.Instance("dev", {
  name: "dev", image: "24.04", cpus: 2, memory: "2G", disk: "10G",
  cloudInit: "#cloud-config\\npackages: [git]\\n",
});
export const ip = vm.ipAddress;
export const state = vm.state;
`;

for (const deployer of doors()) {
  describe(`an instance on the ${deployer.name}`, () => {
    it("is created, left alone, refreshed and destroyed", () =>
      inLab(deployer, PROGRAM, {}, async (lab) => {
        const { sim, stack, resource, counts } = lab;
        const { outputs } = await up(lab);
        assert.match(String(outputs["ip"]), /^\d+\.\d+\.\d+\.\d+$/);
        assert.equal(outputs["state"], "Running");
        assert.equal((await resource("dev")).id, "dev");
        const launch = (await sim.calls()).find(({ argv }) => argv[0] === "launch");
        assert.deepEqual(
          launch?.argv.filter((_, index, all) => all[index - 1] !== "--timeout"),
          "launch --name dev --cpus 2 --memory 2G --disk 10G --cloud-init - --timeout -- 24.04".split(" "),
        );

        const before = (await sim.calls()).length;
        const again = await up(lab);
        assert.equal(again.summary.update ?? 0, 0, again.text);
        assert.equal((await sim.calls()).length, before, "a run without changes calls multipass");

        await sim.instance("dev").poke({ state: "Stopped" });
        assert.ok((await stack.refresh()).ok);
        assert.equal((await resource("dev")).outputs["state"], "Stopped");
        await up(lab);
        assert.equal((await resource("dev")).outputs["state"], "Running");

        succeeded(await stack.destroy());
        assert.deepEqual(Object.keys((await sim.world()).instances), []);
        const deletes = (await sim.calls()).filter(({ argv }) => ["delete", "purge"].includes(argv[0] ?? ""));
        assert.deepEqual(
          deletes.map(({ argv }) => argv),
          [["delete", "--purge", "dev"]],
        );
        assert.equal((await counts())["launch"], 1);
      }));

    it("is left alone if this stack did not create it, unless told to adopt it", () =>
      inLab(deployer, `new multipass.Instance("dev", { name: "dev" });`, {}, async (lab) => {
        const { stack, sim, counts } = lab;
        await execa(sim.bin, ["launch", "--name", "dev", "--cpus", "3"]);
        const refused = await stack.up();
        assert.equal(refused.ok, false);
        assert.match(refused.text, /already exists \(Running\)[\s\S]*adopt: true/);
        assert.ok((await stack.destroy()).ok);
        assert.deepEqual(Object.keys((await sim.world()).instances), ["dev"]);

        const adopted = await up(
          lab,
          `export const cpus = new multipass.Instance("dev", { name: "dev", adopt: true }).cpus;`,
        );
        assert.equal(adopted.outputs["cpus"], 3);
        assert.equal((await counts())["launch"], 1);
        assert.equal((await counts())["stop"], undefined);
      }));
  });
}
