import assert from "node:assert/strict";
import { execa } from "execa";
import { doors, inLab, up } from "./lab.ts";
import { instance } from "./one-instance.ts";

for (const deployer of doors()) {
  describe(`an instance that is only read, on the ${deployer.name}`, () => {
    it("can be looked up, read by get, and listed", () =>
      inLab(
        deployer,
        `const found = await multipass.getInstance({ name: "other" });
         export const state = found.state;
         export const ip = multipass.Instance.get("other").ipAddress;
         export const names = multipass.getInstancesOutput().apply((all) => all.map(({ name }) => name));
         export const images = (await multipass.getImages({ query: "24.04" })).length;
         export const networks = (await multipass.getNetworks()).length;
         export const version = (await multipass.getVersion()).daemon;
         export const file = multipass.readFileOutput({ instance: "other", path: "/etc/hostname" }).content;
         export const printed = (await multipass.runOutput({ instance: "other", command: ["echo", "a b"] })).stdout;
         const stdin = "begin " + "0".repeat(1.5 * 1024 * 1024) + " end";
         export const all = (await multipass.runOutput({ instance: "other", command: ["cat"], stdin })).stdout === stdin;`,
        {},
        async (lab) => {
          await execa(lab.sim.bin, ["launch", "--name", "other"]);
          const { outputs } = await up(lab);
          assert.match(String(outputs["ip"]), /^\d+\./);
          assert.deepEqual(
            { ...outputs, ip: "" },
            {
              state: "Running",
              ip: "",
              names: ["other"],
              images: 1,
              networks: outputs["networks"],
              version: "1.17.0",
              file: "other\n",
              printed: "a b",
              all: true,
            },
          );
          assert.ok((await lab.stack.destroy()).ok);
          assert.equal((await instance(lab, "other")).state, "Running");
          lab.write(`await multipass.getInstance({ name: "nosuch" });`);
          const { text } = await lab.stack.up();
          assert.match(text, /Unable to look up instance "nosuch"[\s\S]*multipass list/);
          // Pulumi's SDK shows the stack of every failed call of a plugin.
          if (deployer.door !== "plugin") assert.doesNotMatch(text, /\n\s+at .+:\d+:\d+/, "a stack is shown");
        },
      ));

    it("asks an instance of the same program once it exists, not in a preview before", () =>
      inLab(
        deployer,
        `const vm = new multipass.Instance("dev", { name: "dev" });
         export const file = multipass.readFileOutput({ instance: ${deployer.door === "plugin" ? 'vm.ipAddress.apply(() => "dev")' : "vm"}, path: "/etc/hostname" }).content;`,
        {},
        async (lab) => {
          assert.ok((await lab.stack.preview()).ok);
          assert.equal((await up(lab)).outputs["file"], "dev\n");
        },
      ));
  });
}
