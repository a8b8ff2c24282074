import assert from "node:assert/strict";
import { deployers } from "../engine/index.ts";
import { inLab } from "./lab.ts";

const PROGRAM = `
const vm = new multipass.Instance("dev", {
  name: "dev", image: "24.04", cpus: 2, memory: "2G", disk: "10G",
  cloudInit: "#cloud-config\\npackages: [git]\\n",
});
export const ip = vm.ipAddress;
export const state = vm.state;
`;

for (const deployer of deployers()) {
  describe(`an instance on the ${deployer.name}`, () => {
    it("is created, left alone, refreshed and destroyed", () =>
      inLab(deployer, PROGRAM, {}, async ({ sim, stack, resource, counts }) => {
        const up = await stack.up();
        assert.ok(up.ok, up.text);
        assert.match(String(up.outputs["ip"]), /^\d+\.\d+\.\d+\.\d+$/);
        assert.equal(up.outputs["state"], "Running");
        assert.equal((await resource("dev")).id, "dev");
        const launch = (await sim.calls()).find(({ argv }) => argv[0] === "launch");
        assert.deepEqual(
          launch?.argv.filter((_, index) => index !== 4),
          "launch --name dev --timeout --cpus 2 --memory 2G --disk 10G --cloud-init - -- 24.04".split(" "),
        );

        const before = (await sim.calls()).length;
        const again = await stack.up();
        assert.ok(again.ok, again.text);
        assert.equal(again.summary.update ?? 0, 0, again.text);
        assert.equal((await sim.calls()).length, before, "a run without changes calls multipass");

        await sim.instance("dev").poke({ state: "Stopped" });
        assert.ok((await stack.refresh()).ok);
        assert.equal((await resource("dev")).outputs["state"], "Stopped");
        const repaired = await stack.up();
        assert.ok(repaired.ok, repaired.text);
        assert.equal((await resource("dev")).outputs["state"], "Running");

        const destroyed = await stack.destroy();
        assert.ok(destroyed.ok, destroyed.text);
        assert.deepEqual(Object.keys((await sim.world()).instances), []);
        const deletes = (await sim.calls()).filter(({ argv }) => ["delete", "purge"].includes(argv[0] ?? ""));
        assert.deepEqual(
          deletes.map(({ argv }) => argv),
          [["delete", "--purge", "dev"]],
        );
        assert.equal((await counts())["launch"], 1);
      }));
  });
}
