import assert from "node:assert/strict";
import { doors, inLab, succeeded, up } from "./lab.ts";

/** Pulumi deletes what is in the machine first, since it knows only the machine's name. */
const PROGRAM = `
const vm = new multipass.Instance("dev", { name: "dev" });
const { name: instance } = vm;
new multipass.File("file", { instance, path: "/srv/one.txt", content: "1" });
new multipass.File("kept", { instance, path: "/srv/two.txt", content: "2", deletionPolicy: "keep" });
new multipass.Command("command", { instance, create: ["true"] });
new multipass.Mount("mount", { instance, source: ".", target: "/mnt" });
new multipass.Alias("alias", { instance, command: "ls" });
new multipass.Snapshot("snapshot", { instance });`;

for (const deployer of doors()) {
  for (const state of ["Stopped", "Suspended"] as const) {
    describe(`an instance that is ${state}, on the ${deployer.name}`, () => {
      it("[long] is destroyed with everything in it, and the output names a file that is left", () =>
        inLab(deployer, PROGRAM, {}, async (lab) => {
          await up(lab);
          await lab.sim.instance("dev").poke({ state });
          const { text } = succeeded(await lab.stack.destroy());
          assert.match(text, /warning: \/srv\/one\.txt is left in instance "dev", which is not running/);
          assert.doesNotMatch(text, /two\.txt is left/);
          assert.deepEqual(Object.keys((await lab.sim.world()).instances), []);
        }));
    });
  }

  describe(`a delete command in an instance that is stopped, on the ${deployer.name}`, () => {
    it("[long] is not skipped, and the error says how to continue without it", () =>
      inLab(
        deployer,
        `const vm = new multipass.Instance("dev", { name: "dev" });
         new multipass.Command("command", { instance: vm.name, create: ["true"], delete: ["true"] });`,
        {},
        async (lab) => {
          await up(lab);
          await lab.sim.instance("dev").poke({ state: "Stopped" });
          const refused = await lab.stack.destroy();
          assert.equal(refused.ok, false, refused.text);
          assert.match(refused.text, /it is Stopped, and is not started by accident/);
          assert.match(refused.text, /deletedWith/);
          await lab.sim.instance("dev").poke({ state: "Running" });
          succeeded(await lab.stack.destroy());
        },
      ));
  });
}
