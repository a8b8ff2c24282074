import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { doors, inLab, up } from "./lab.ts";

const program = (version: string, trigger: string) => `
const vm = new multipass.Instance("dev", { name: "dev", cpus: ${version === "old" ? 1 : 2} });
const file = new multipass.File("file", { instance: vm, path: "/home/ubuntu/file", content: "${version}" });
const folder = new multipass.Mount("folder", { instance: vm, source: "./${version}", target: "/folder" });
const snap = new multipass.Snapshot("snap", { instance: vm, name: "s" }, { dependsOn: [file, folder] });
new multipass.Restore("back", { instance: vm, snapshot: "s", discardCurrentState: true, ${trigger} }, { dependsOn: vm });`;

for (const deployer of doors()) {
  describe(`a restore on the ${deployer.name}`, function () {
    this.timeout(240_000);

    it("leaves the guest as the program describes it, including changes in the same update [long]", () =>
      inLab(deployer, program("old", ""), {}, async (lab) => {
        const { dir, sim, stack } = lab;
        for (const name of ["old", "new"]) {
          mkdirSync(join(dir, name));
          writeFileSync(join(dir, name, name), "");
        }
        await up(lab);
        await up(lab, program("new", "trigger: 1"));
        assert.equal((await sim.instance("dev").readFile("/home/ubuntu/file")).toString(), "new");
        assert.equal((await sim.instance("dev").readFile("/folder/new")).toString(), "");
        const dev = (await sim.world()).instances["dev"];
        assert.deepEqual([dev?.cpus, dev?.state], [2, "Running"]);
        const again = await stack.up();
        assert.ok(again.ok, again.text);
        assert.equal(again.summary.update ?? 0, 0, again.text);
      }));
  });
}
