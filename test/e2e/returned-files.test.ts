import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { doors, inLab, succeeded } from "./lab.ts";

for (const deployer of doors()) {
  describe(`files that a command returns, on the ${deployer.name}`, function () {
    this.timeout(240_000);

    it("are assets and an archive for the program and for other resources, in this run and in later ones", () =>
      inLab(
        deployer,
        `import * as pulumi from "@pulumi/pulumi";
const vm = new multipass.Instance("dev", { name: "dev" });
const built = new multipass.Command("build", {
  instance: vm, shell: true, create: "mkdir -p out; echo made > out/one; touch out/empty; echo two > out/two",
  assetPaths: ["out/*"], archivePaths: ["out/one"],
});
new multipass.File("copy", { instance: vm, path: "/etc/copy", user: "root", source: built.assets.apply((all) => all["out/two"]) });
new multipass.File("site", { instance: vm, path: "/srv/site", source: built.archive });
const hidden = new multipass.Command("hidden", {
  instance: vm, shell: true, create: "echo hunter2-hunter2 > key", assetPaths: ["key"],
}, { additionalSecretOutputs: ["assets"] });
const none = new multipass.Command("none", { instance: vm, create: ["true"] });
export const files = built.assets.apply((all) => Object.keys(all ?? {}).sort());
export const one = built.archive.apply((archive) => archive?.assets).apply((all) => all?.["out/one"]?.text);
export const isAsset = built.assets.apply((all) => pulumi.asset.Asset.isInstance(all?.["out/empty"]));
export const nothing = pulumi.all([none.assets, none.archive]).apply((both) => both.every((one) => one === undefined));`,
        {},
        async ({ sim, stack, counts }) => {
          succeeded(await stack.preview());
          const { outputs } = succeeded(await stack.up());
          const expected = {
            files: ["out/empty", "out/one", "out/two"],
            one: "made\n",
            isAsset: true,
            nothing: true,
          };
          assert.deepEqual(outputs, expected);
          assert.equal((await sim.instance("dev").readFile("/etc/copy")).toString(), "two\n");
          assert.equal((await sim.instance("dev").readFile("/srv/site/out/one")).toString(), "made\n");
          const before = await counts();
          const again = succeeded(await stack.up());
          assert.deepEqual(await counts(), before, "an up without changes calls multipass");
          assert.deepEqual(again.outputs, expected);
          assert.deepEqual(succeeded(await stack.refresh()).summary.update ?? 0, 0);
          if (deployer.door !== "plugin")
            assert.doesNotMatch(readFileSync(stack.stateFile, "utf8"), /hunter2-hunter2\\n/);
          succeeded(await stack.destroy());
        },
      ));
  });
}
