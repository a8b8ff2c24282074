import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { doors, inLab, type Lab, succeeded } from "./lab.ts";

const program = (args: string, more = "") => `${more}\nnew multipass.Setting("s", { ${args} });`;

for (const deployer of doors()) {
  describe(`a setting on the ${deployer.name}`, function () {
    // Each run of the real CLI takes seconds.
    this.timeout(240_000);

    const get = ({ sim }: Lab, key: string) =>
      execFileSync(sim.bin, ["get", "--raw", key], { encoding: "utf8" }).trim();
    const starts = async ({ sim }: Lab) => (await sim.world()).daemon.starts;

    it("is only set if the value differs, waits for the daemon, and is restored [long]", () =>
      inLab(deployer, program(`key: "local.privileged-mounts", value: "on"`), {}, async (lab) => {
        const { sim, stack, write, counts } = lab;
        succeeded(await stack.up());
        assert.equal((await counts())["set"], undefined, "sets what stands there already");
        const before = await starts(lab);

        write(program(`key: "local.privileged-mounts", value: "off"`));
        succeeded(await stack.up());
        assert.equal(get(lab, "local.privileged-mounts"), "false");
        assert.equal(await starts(lab), before + 1);

        execFileSync(sim.bin, ["set", "local.privileged-mounts=true"]);
        succeeded(await stack.refresh());
        const repaired = await stack.up();
        assert.equal(repaired.summary.update, 1, repaired.text);
        assert.equal(get(lab, "local.privileged-mounts"), "false");

        succeeded(await stack.destroy());
        assert.equal(get(lab, "local.privileged-mounts"), "true");
      }));

    it("leaves running instances alone unless it may restart them [long]", () =>
      inLab(deployer, `new multipass.Instance("dev", { name: "dev" });`, {}, async (lab) => {
        const { stack, write } = lab;
        assert.ok((await stack.up()).ok);
        const vm = `const vm = new multipass.Instance("dev", { name: "dev" });`;
        write(program(`key: "local.image.mirror", value: "https://mirror.example"`, vm));
        const refused = await stack.up();
        assert.equal(refused.ok, false);
        assert.match(refused.text, /these instances are running: dev/);
        assert.equal(get(lab, "local.image.mirror"), "");
        const args = `key: "local.image.mirror", value: "https://mirror.example", allowRunningInstances: true`;
        write(program(args, vm));
        succeeded(await stack.up());
        assert.equal(get(lab, "local.image.mirror"), "https://mirror.example/");
        const again = await stack.up();
        assert.equal(again.summary.update ?? 0, 0, again.text);
      }));

    for (const [what, key] of [
      ["", `"local.passphrase"`],
      [", also where the key is only known at the deployment", `pulumi.output("local.passphrase")`],
    ])
      it(`never shows a passphrase${what} [long]`, () => {
        const args = `key: ${key}, value: "open-s3same"`;
        return inLab(
          deployer,
          program(args, `import * as pulumi from "@pulumi/pulumi";`),
          {},
          async (lab) => {
            const { sim, stack } = lab;
            await sim.setFaults({ commands: [{ command: "set", text: "cannot set open-s3same" }] });
            const refused = await stack.up();
            assert.match(refused.text, /cannot set \[value\]/);
            assert.doesNotMatch(refused.text, /s3same/);
            const up = succeeded(await stack.up());
            assert.equal((await sim.world()).passphrase, "open-s3same");
            assert.doesNotMatch(JSON.stringify(await sim.calls()), /s3same/);
            assert.doesNotMatch(readFileSync(stack.stateFile, "utf8") + up.text, /s3same/);
            assert.ok((await stack.refresh()).ok);
            const again = await stack.up();
            assert.equal(again.summary.update ?? 0, 0, again.text);
            succeeded(await stack.destroy());
            assert.equal((await sim.world()).passphrase, "");
          },
        );
      });
  });
}
