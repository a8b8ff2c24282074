import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { type DoorDeployer, deletedWith, doors, inLab, succeeded } from "./lab.ts";

const programWith =
  (deployer: DoorDeployer) =>
  (snapshot: string, more = "") =>
    `
const vm = new multipass.Instance("dev", { name: "dev" });
const one = new multipass.File("one", { instance: vm, path: "one.txt", content: "1" });
const snap = new multipass.Snapshot("snap", { instance: vm, ${snapshot} }, { dependsOn: one, ${deletedWith(deployer, "vm")} });
export const parent = snap.parent;
export const name = snap.name;
${more}`;

for (const deployer of doors()) {
  const program = programWith(deployer);

  describe(`a snapshot on the ${deployer.name}`, function () {
    // Each run of the real CLI takes seconds.
    this.timeout(240_000);

    it("is taken of an instance that runs again afterwards, renamed in place, and deleted [long]", () =>
      inLab(
        deployer,
        program(`name: "ready", comment: "as = delivered"`),
        {},
        async ({ sim, stack, write, counts }) => {
          const dev = async () => (await sim.world()).instances["dev"];
          const up = succeeded(await stack.up());
          assert.match(up.text, /stopping instance "dev" to take snapshot "ready"/);
          assert.equal((await dev())?.state, "Running");
          assert.equal((await dev())?.snapshots["ready"]?.comment, "as = delivered");

          const before = await counts();
          write(program(`name: "delivered", comment: "renamed=1"`));
          const renamed = succeeded(await stack.up());
          assert.equal(renamed.summary.update, 1, renamed.text);
          assert.equal((await dev())?.snapshots["delivered"]?.comment, "renamed=1");
          assert.equal((await counts())["stop"], before["stop"], "a rename stops the machine");
          const calls = (await counts())["set"];
          assert.ok((await stack.up()).ok);
          assert.equal((await counts())["set"], calls);
          execFileSync(sim.bin, ["stop", "dev"]);
          execFileSync(sim.bin, ["restore", "--destructive", "dev.delivered"]);
          execFileSync(sim.bin, ["start", "dev"]);
          assert.equal((await sim.instance("dev").readFile("/home/ubuntu/one.txt")).toString(), "1");

          write(`const vm = new multipass.Instance("dev", { name: "dev" });`);
          succeeded(await stack.up());
          assert.deepEqual(Object.keys((await dev())?.snapshots ?? {}), []);
        },
      ));

    it("is taken again if it is gone, and disappears with its instance [long]", () =>
      inLab(deployer, program(""), {}, async ({ sim, stack }) => {
        const up = succeeded(await stack.up());
        const name = String(up.outputs["name"]);
        assert.match(name, /^snap-[0-9a-f]{7}$/);
        execFileSync(sim.bin, ["delete", "--purge", `dev.${name}`]);
        assert.ok((await stack.refresh()).ok);
        const again = await stack.up();
        assert.equal(again.summary.create, 1, again.text);
        succeeded(await stack.destroy());
        const deletes = (await sim.calls()).filter(({ argv }) => argv[0] === "delete").slice(1);
        assert.deepEqual(
          deletes.map(({ argv }) => argv),
          [["delete", "--purge", "dev"]],
        );
      }));

    it("belongs to nobody once Pulumi has released it [long]", () => {
      const vm = `const vm = new multipass.Instance("dev", { name: "dev", powerState: "stopped" });`;
      const snap = `${vm}
new multipass.Snapshot("snap", { instance: "dev", name: "one" }, { retainOnDelete: true, dependsOn: vm });`;
      return inLab(deployer, snap, {}, async ({ stack, write }) => {
        assert.ok((await stack.up()).ok);
        assert.ok((await stack.up()).ok);
        write(vm);
        assert.ok((await stack.up()).ok);
        write(snap);
        const refused = await stack.up();
        assert.equal(refused.ok, false);
        assert.match(refused.text, /this stack did not take it/);
      });
    });

    it("leaves the instance running if it fails, and alone if it may not stop it [long]", () =>
      inLab(deployer, program(`name: "x", allowRestart: false`), {}, async ({ sim, stack, write }) => {
        const refused = await stack.up();
        assert.equal(refused.ok, false);
        assert.match(refused.text, /`allowRestart` is false/);
        assert.equal((await sim.world()).instances["dev"]?.boots, 1);
        await sim.setFaults({ commands: [{ command: "snapshot", text: "no" }] });
        write(program(`name: "x"`));
        const failed = await stack.up();
        assert.equal(failed.ok, false);
        assert.equal((await sim.world()).instances["dev"]?.state, "Running");
      }));

    it("is restored once for each trigger, and only if the program agrees to discard the current state [long]", () => {
      const restore = (args: string) =>
        program(
          `name: "ready"`,
          `new multipass.Restore("back", { instance: vm, snapshot: snap.name, ${args} });`,
        );
      return inLab(
        deployer,
        restore("discardCurrentState: false"),
        {},
        async ({ sim, stack, write, counts, resource }) => {
          const refused = await stack.up();
          assert.equal(refused.ok, false);
          assert.match(refused.text, /since the snapshot, for good/);
          write(restore("discardCurrentState: true"));
          succeeded(await stack.up());
          assert.equal((await counts())["restore"], undefined);

          await sim.instance("dev").poke({ files: { "/home/ubuntu/later": "lost" } });
          write(restore(`discardCurrentState: true, trigger: "today"`));
          succeeded(await stack.up());
          assert.equal((await counts())["restore"], 1);
          assert.equal((await sim.world()).instances["dev"]?.state, "Running");
          await assert.rejects(sim.instance("dev").readFile("/home/ubuntu/later"));

          // Pulumi does not pass the old state to a replacement, which looks like the run after a kill.
          const { urn } = await resource("back");
          const replaced = succeeded(await stack.up({ replace: [urn] }));
          assert.match(replaced.text, /not restoring .* to snapshot "ready" again/);

          assert.ok((await stack.up()).ok);
          assert.ok((await stack.refresh()).ok);
          assert.ok((await stack.up()).ok);
          assert.equal((await counts())["restore"], 1);
          succeeded(await stack.up({ replace: [urn] }));
          assert.equal((await counts())["restore"], 2);
        },
      );
    });
  });
}
