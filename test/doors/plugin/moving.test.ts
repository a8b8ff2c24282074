import assert from "node:assert/strict";
import { inLab, type Lab, plugins, succeeded, up } from "../../e2e/lab.ts";
import { opsOn } from "../../engine/fixture.ts";

const PROGRAM = `
const vm = new multipass.Instance("vm", { cloudInit: { packages: ["nginx"] } });
new multipass.Command("hello", { instance: vm.name, create: ["echo", "hello"] });
new multipass.File("motd", { instance: vm.name, path: "/etc/motd", content: "hello\\n", user: "root" });
export const name = vm.name;
`;

const instances = async ({ sim }: Lab) => Object.keys((await sim.world()).instances);

for (const deployer of plugins()) {
  describe(`[long] moving from the dynamic provider to the plugin, on the ${deployer.name}`, () => {
    it("changes nothing, and a refresh right afterwards neither loses nor duplicates an instance", () =>
      inLab(deployer, PROGRAM, {}, async (lab) => {
        const { stack, sim } = lab;
        lab.write(PROGRAM, "dynamic");
        const { outputs } = succeeded(await stack.up());
        const before = await sim.calls();

        const moved = await up(lab, PROGRAM);
        assert.deepEqual(
          ["vm", "hello", "motd"].flatMap((name) => opsOn(moved.steps, name)),
          ["same", "same", "same"],
        );
        assert.equal((await lab.resource("vm")).type, "multipass-lab:index:Instance");
        assert.deepEqual(moved.outputs, outputs);

        const refreshed = succeeded(await stack.refresh());
        assert.equal(refreshed.summary.delete, undefined, refreshed.text);
        assert.deepEqual(await instances(lab), [outputs["name"]]);
        assert.deepEqual(opsOn((await up(lab)).steps, "vm"), ["same"]);
        assert.deepEqual(await instances(lab), [outputs["name"]]);
        const made = (await sim.calls()).slice(before.length).map(({ argv }) => argv[0]);
        assert.ok(!made.some((command) => /^(?:launch|delete|stop|restart)$/.test(command ?? "")), `${made}`);

        const changed = await up(lab, PROGRAM.replace('["nginx"] } }', '["nginx"] }, cpus: 2 }'));
        assert.deepEqual(opsOn(changed.steps, "vm"), ["update"]);
        succeeded(await stack.refresh());
        succeeded(await stack.destroy());
        assert.deepEqual(await instances(lab), []);
      }));

    it("destroys what the dynamic provider made", () =>
      inLab(deployer, PROGRAM, {}, async (lab) => {
        lab.write(PROGRAM, "dynamic");
        succeeded(await lab.stack.up());
        await up(lab, PROGRAM);
        succeeded(await lab.stack.destroy());
        assert.deepEqual(await instances(lab), []);
      }));

    it("finishes a create that the dynamic provider left unfinished", () =>
      inLab(deployer, PROGRAM, { simulator: { faults: { socketAt: "9h" } } }, async (lab) => {
        const { stack, sim } = lab;
        const program = `new multipass.Instance("vm", { timeouts: { create: "3s" } });`;
        lab.write(program, "dynamic");
        assert.equal((await stack.up()).ok, false);
        const { id } = await lab.resource("vm");
        await sim.setFaults({});
        await sim.startDaemon();
        await up(lab, `new multipass.Instance("vm");`);
        assert.deepEqual(await instances(lab), [id]);
        assert.equal((await lab.resource("vm")).outputs["ready"], true);
      }));
  });
}
