import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Simulator } from "../../simulator/src/index.ts";
import { deletedWith, doors, inLab, succeeded } from "./lab.ts";

const VM = `import * as pulumi from "@pulumi/pulumi";
const vm = new multipass.Instance("dev", { name: "dev" });`;

const content = async (sim: Simulator, path: string) => (await sim.instance("dev").readFile(path)).toString();
const isAbsent = (sim: Simulator, path: string) => assert.rejects(sim.instance("dev").readFile(path));

for (const deployer of doors()) {
  describe(`a file on the ${deployer.name}`, function () {
    // Each run of the real CLI takes seconds.
    this.timeout(240_000);

    it("is written, changed, repaired after drift, and removed [long]", () => {
      const program = (text: string) => `${VM}
new multipass.File("motd", {
  instance: vm, path: "/etc/deep/motd", content: pulumi.secret(${JSON.stringify(text)}), mode: "640", user: "root",
});`;
      return inLab(
        deployer,
        program("it's s3cr3t-one\n"),
        {},
        async ({ sim, stack, write, counts, resource }) => {
          succeeded(await stack.up());
          assert.equal(await content(sim, "/etc/deep/motd"), "it's s3cr3t-one\n");
          const before = await counts();
          assert.ok((await stack.up()).ok);
          assert.deepEqual(await counts(), before, "an up without changes calls multipass");

          write(program("it's s3cr3t-two\n"));
          const changed = succeeded(await stack.up());
          assert.equal(changed.summary.update, 1);
          assert.equal(await content(sim, "/etc/deep/motd"), "it's s3cr3t-two\n");

          await sim.instance("dev").poke({ files: { "/etc/deep/motd": "by hand" } });
          assert.ok((await stack.refresh()).ok);
          const repaired = await stack.up();
          assert.equal(repaired.summary.update, 1, repaired.text);
          assert.equal(await content(sim, "/etc/deep/motd"), "it's s3cr3t-two\n");

          await sim.instance("dev").poke({ files: { "/etc/deep/motd": null } });
          assert.ok((await stack.refresh()).ok);
          const again = await stack.up();
          assert.equal(again.summary.create, 1, again.text);
          assert.equal(await content(sim, "/etc/deep/motd"), "it's s3cr3t-two\n");

          assert.doesNotMatch(JSON.stringify(await sim.calls()), /s3cr3t/);
          assert.doesNotMatch(readFileSync(stack.stateFile, "utf8"), /s3cr3t/);
          const provider = String((await resource("motd")).inputs["__provider"]);
          assert.ok(provider.length < 2_250 && !provider.includes(process.cwd()), provider);

          write(VM);
          assert.ok((await stack.up()).ok);
          await isAbsent(sim, "/etc/deep/motd");
        },
      );
    });

    it("is updated when the contents of its source file or folder change [long]", () =>
      inLab(
        deployer,
        `${VM}
new multipass.File("one", { instance: vm, path: "one.txt", source: new pulumi.asset.FileAsset("one.txt") });
new multipass.File("site", { instance: vm, path: "/srv/www", directory: "site", user: "root" });`,
        {},
        async ({ dir, sim, stack }) => {
          const long = `sub/${"x".repeat(120)}.txt`;
          mkdirSync(join(dir, "site/sub"), { recursive: true });
          writeFileSync(join(dir, "one.txt"), "1");
          writeFileSync(join(dir, "site/index.html"), "<p>");
          writeFileSync(join(dir, "site", long), "long");
          writeFileSync(join(dir, "site/run.sh"), "#!/bin/sh\n");
          chmodSync(join(dir, "site/run.sh"), 0o775);
          succeeded(await stack.up());
          assert.equal(await content(sim, "/home/ubuntu/one.txt"), "1");
          assert.equal(await content(sim, "/srv/www/index.html"), "<p>");
          assert.equal(await content(sim, `/srv/www/${long}`), "long");
          await sim.instance("dev").poke({ files: { "/srv/www/foreign": "stays" } });

          writeFileSync(join(dir, "one.txt"), "2");
          writeFileSync(join(dir, "site/index.html"), "<h1>");
          rmSync(join(dir, "site/sub"), { recursive: true });
          const changed = await stack.up();
          assert.equal(changed.summary.update, 2, changed.text);
          assert.equal(await content(sim, "/home/ubuntu/one.txt"), "2");
          assert.equal(await content(sim, "/srv/www/index.html"), "<h1>");
          await isAbsent(sim, `/srv/www/${long}`);

          await sim.instance("dev").poke({ files: { "/srv/www/run.sh": "by hand" } });
          assert.ok((await stack.refresh()).ok);
          const repaired = await stack.up();
          assert.equal(repaired.summary.update, 1, repaired.text);
          assert.equal(await content(sim, "/srv/www/run.sh"), "#!/bin/sh\n");
          assert.equal(await content(sim, "/srv/www/foreign"), "stays");
        },
      ));

    it("does not need a running instance to disappear with it [long]", () =>
      inLab(
        deployer,
        `${VM}\nnew multipass.File("one", { instance: vm, path: "one.txt", content: "1" }, { ${deletedWith(deployer, "vm")} });`,
        {},
        async ({ sim, stack }) => {
          assert.ok((await stack.up()).ok);
          await sim.instance("dev").poke({ state: "Stopped" });
          succeeded(await stack.destroy());
          assert.deepEqual(Object.keys((await sim.world()).instances), []);
        },
      ));
  });
}
