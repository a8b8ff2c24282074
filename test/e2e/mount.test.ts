import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { doors, inLab, type Lab, succeeded } from "./lab.ts";

const program = (mounts: string, args = "") => `
const vm = new multipass.Instance("dev", { name: "dev", ${args} });
${mounts}`;
const one = (args: string) => program(`new multipass.Mount("m", { instance: vm, ${args} });`);

for (const deployer of doors()) {
  describe(`a mount on the ${deployer.name}`, function () {
    // Each run of the real CLI takes seconds.
    this.timeout(240_000);

    const mountsOf = async ({ sim }: Lab) =>
      Object.entries((await sim.world()).instances["dev"]?.mounts ?? {}).map(
        ([target, { source, type }]) => [target, source, type] as const,
      );
    const makeFolders = ({ dir }: Lab) => {
      for (const name of ["a", "b"]) mkdirSync(join(dir, name));
    };

    it("is created, changed, recreated after drift, and removed [long]", () =>
      inLab(deployer, one(`source: "a", target: "src"`), {}, async (lab) => {
        const { dir, sim, stack, write, counts } = lab;
        makeFolders(lab);
        succeeded(await stack.up());
        assert.deepEqual(await mountsOf(lab), [["/home/ubuntu/src", join(dir, "a"), "classic"]]);
        const before = await counts();
        assert.ok((await stack.up()).ok);
        assert.deepEqual(await counts(), before);

        write(one(`source: "b", target: "src"`));
        const changed = await stack.up();
        assert.equal(changed.summary.update, 1, changed.text);
        assert.deepEqual(await mountsOf(lab), [["/home/ubuntu/src", join(dir, "b"), "classic"]]);

        execFileSync(sim.bin, ["umount", "dev"]);
        assert.ok((await stack.refresh()).ok);
        succeeded(await stack.up());
        assert.deepEqual(await mountsOf(lab), [["/home/ubuntu/src", join(dir, "b"), "classic"]]);

        write(one(`source: "b", target: "/mnt/src", type: "native"`));
        succeeded(await stack.up());
        assert.deepEqual(await mountsOf(lab), [["/mnt/src", join(dir, "b"), "native"]]);
        assert.equal((await sim.world()).instances["dev"]?.state, "Running");

        write(program(""));
        assert.ok((await stack.up()).ok);
        assert.deepEqual(await mountsOf(lab), []);
      }));

    it("does not conflict with the instance's own mounts, or with those of others [long]", () =>
      inLab(
        deployer,
        program(
          `new multipass.Mount("m", { instance: vm, source: "a", target: "/mnt/a" });`,
          `mounts: [{ source: "b", target: "/mnt/b" }]`,
        ),
        {},
        async (lab) => {
          makeFolders(lab);
          const refused = await lab.stack.up();
          assert.equal(refused.ok, false);
          assert.match(refused.text, /use either `mounts` or/);
          lab.write(program(""));
          assert.ok((await lab.stack.up()).ok);
          execFileSync(lab.sim.bin, ["mount", join(lab.dir, "b"), "dev:/mnt/a"]);
          lab.write(one(`source: "a", target: "/mnt/a"`));
          const taken = await lab.stack.up();
          assert.equal(taken.ok, false);
          assert.match(taken.text, /\/b is already mounted there/);
        },
      ));
  });
}
