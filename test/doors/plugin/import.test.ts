import assert from "node:assert/strict";
import { execa } from "execa";
import { inLab, type Lab, plugins, succeeded, up } from "../../e2e/lab.ts";
import { instance } from "../../e2e/one-instance.ts";
import { opsOn } from "../../engine/fixture.ts";
import type { RunResult } from "../../engine/index.ts";

const vm = (args: string, opts = "{}") =>
  `new multipass.Instance("vm", { name: "primary", ${args} }, ${opts});`;
const IMPORT = `{ import: "primary" }`;

/** Makes a machine that no stack knows. */
const launch = ({ sim }: Lab, ...args: string[]) =>
  execa(sim.bin, ["launch", "--name", "primary", ...args], { env: { ...sim.env } });

for (const deployer of plugins()) {
  describe(`[long] importing on the ${deployer.name}`, () => {
    it("shows no difference, then or later, and replaces nothing for what Multipass does not report", () =>
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
        const { cpus, image } = await instance(lab, "primary");
        assert.deepEqual([cpus, image], [3, "22.04"]);
        succeeded(await lab.stack.destroy());
        assert.deepEqual(Object.keys((await lab.sim.world()).instances), []);
      }));

    it("takes a stopped instance as it is", () =>
      inLab(deployer, vm(`powerState: "stopped"`, IMPORT), {}, async (lab) => {
        await launch(lab);
        await lab.sim.instance("primary").poke({ state: "Stopped" });
        assert.deepEqual(opsOn((await up(lab)).steps, "vm"), ["import"]);
        assert.equal((await instance(lab, "primary")).state, "Stopped");
      }));

    it("takes a snapshot, a mount, an alias and a setting as they are", () => {
      const program = (opts: (id: string) => string) => `
new multipass.Snapshot("snap", { instance: "box", name: "s", comment: "as made" }, ${opts("box.s")});
new multipass.Mount("mount", { instance: "box", source: ".", target: "/mnt" }, ${opts("box:/mnt")});
new multipass.Alias("alias", { instance: "box", command: "ls" }, ${opts("default.ls")});
new multipass.Setting("setting", { key: "local.privileged-mounts", value: "true" }, ${opts("local.privileged-mounts")});`;
      const names = ["snap", "mount", "alias", "setting"];
      return inLab(
        deployer,
        program((id) => `{ import: "${id}" }`),
        {},
        async (lab) => {
          const multipass = (...args: string[]) => execa(lab.sim.bin, args, { env: { ...lab.sim.env } });
          await multipass("launch", "--name", "box");
          await multipass("stop", "box");
          await multipass("snapshot", "--name", "s", "--comment", "as made", "box");
          await multipass("start", "box");
          await multipass("mount", lab.dir, "box:/mnt");
          await multipass("alias", "box:ls");
          const ops = ({ steps }: RunResult) => names.map((name) => opsOn(steps, name).join());
          assert.deepEqual(ops(await up(lab)), ["import", "import", "import", "import"]);
          assert.deepEqual(
            ops(
              await up(
                lab,
                program(() => "{}"),
              ),
            ),
            ["same", "same", "same", "same"],
          );
          assert.equal(succeeded(await lab.stack.refresh()).summary.update, undefined);
          assert.deepEqual(ops(await up(lab)), ["same", "same", "same", "same"]);
          const { outputs } = await lab.resource("snap");
          assert.ok(outputs["created"], "the snapshot has no date");
          succeeded(await lab.stack.destroy());
          const { snapshots, mounts } = await instance(lab, "box");
          assert.deepEqual([snapshots, mounts], [{}, {}]);
          assert.match((await multipass("get", "local.privileged-mounts")).stdout, /true/);
          assert.doesNotMatch((await multipass("aliases")).stdout, /ls/);
        },
      );
    });

    it("takes over an instance that another resource has recorded, and keeps it", () =>
      inLab(
        deployer,
        `new multipass.Instance("before", { name: "primary" }, { retainOnDelete: true });`,
        {},
        async (lab) => {
          await up(lab);
          await up(lab, "");
          lab.write(vm("", IMPORT));
          assert.match((await up(lab)).text, /warning: instance "primary" was .*::before's/);
          const refreshed = succeeded(await lab.stack.refresh());
          assert.equal(refreshed.summary.delete, undefined, refreshed.text);
          assert.deepEqual(opsOn((await up(lab, vm(""))).steps, "vm"), ["same"]);
          succeeded(await lab.stack.destroy());
          assert.deepEqual(Object.keys((await lab.sim.world()).instances), []);
        },
      ));

    it("says if there is no such instance, and which resources cannot be imported", () =>
      inLab(deployer, vm("", IMPORT), {}, async (lab) => {
        const missing = await lab.stack.up();
        assert.equal(missing.ok, false);
        assert.match(missing.error ?? "", /does not exist/);
        for (const [resource, id, reason] of [
          [`Command("a", { instance: "x", create: ["ls"] }`, "x", /Declare the command/],
          [`File("a", { instance: "x", path: "/a", content: "" }`, "x:/a", /Declare the file/],
          [
            `Restore("a", { instance: "x", snapshot: "s", discardCurrentState: true }`,
            "x",
            /Declare it without/,
          ],
          [`Clone("a", { source: "x" }`, "x", /import it as an Instance/],
          [`Snapshot("a", { instance: "x" }`, "x", /Give the id as INSTANCE\.SNAPSHOT/],
          [`Setting("a", { key: "local.passphrase", value: "x" }`, "local.passphrase", /Declare the setting/],
        ] as const) {
          lab.write(`new multipass.${resource}, { import: "${id}" });`);
          const refused = await lab.stack.up();
          assert.match(refused.error ?? "", reason);
        }
      }));
  });
}
