import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { doors, inLab, type Lab, succeeded } from "./lab.ts";

const VM = `const vm = new multipass.Instance("dev", { name: "dev" });`;
const program = (args: string) => `${VM}\nnew multipass.Alias("a", { instance: vm, ${args} });`;

for (const deployer of doors()) {
  describe(`an alias on the ${deployer.name}`, function () {
    // Each run of the real CLI takes seconds.
    this.timeout(240_000);

    const multipass = ({ sim }: Lab, ...args: string[]) => execFileSync(sim.bin, args, { encoding: "utf8" });
    const aliasesOf = (lab: Lab) =>
      JSON.parse(multipass(lab, "aliases", "--format", "json")).contexts.default as Record<string, unknown>;

    it("is created, changed, recreated after drift, and removed [long]", () =>
      inLab(deployer, program(`command: "/usr/bin/docker"`), {}, async (lab) => {
        const { stack, write } = lab;
        succeeded(await stack.up());
        const docker = { instance: "dev", command: "/usr/bin/docker", "working-directory": "map" };
        assert.deepEqual(aliasesOf(lab), { docker });

        write(program(`command: "podman", name: "docker", workingDirectory: "default"`));
        const changed = await stack.up();
        assert.equal(changed.summary.update, 1, changed.text);
        const podman = { instance: "dev", command: "podman", "working-directory": "default" };
        assert.deepEqual(aliasesOf(lab), { docker: podman });
        const again = await stack.up();
        assert.equal(again.summary.update ?? 0, 0, again.text);

        multipass(lab, "unalias", "docker");
        assert.ok((await stack.refresh()).ok);
        assert.equal((await stack.up()).summary.create, 1);
        assert.deepEqual(aliasesOf(lab), { docker: podman });

        write(program(`command: "podman", name: "pod"`));
        succeeded(await stack.up());
        assert.deepEqual(Object.keys(aliasesOf(lab)), ["pod"]);

        succeeded(await stack.destroy());
        assert.deepEqual(aliasesOf(lab), {});
      }));

    it("does not take over an alias of somebody else [long]", () =>
      inLab(deployer, VM, {}, async (lab) => {
        assert.ok((await lab.stack.up()).ok);
        multipass(lab, "alias", "dev:ls", "docker");
        lab.write(program(`command: "docker"`));
        const refused = await lab.stack.up();
        assert.equal(refused.ok, false);
        assert.match(refused.text, /it stands for dev:ls/);
      }));
  });
}
