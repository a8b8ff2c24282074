import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { RunResult } from "../engine/index.ts";
import { inLab, places, succeeded } from "./lab.ts";

/** One resource of each kind in a component, with values unknown in a preview. */
const EVERYTHING = `import * as pulumi from "@pulumi/pulumi";
class Everything extends pulumi.ComponentResource {
  constructor() {
    super("lab:index:Everything", "everything", {});
    const parent = this;
    const setting = new multipass.Setting("setting", { key: "local.bridged-network", value: "" }, { parent });
    const vm = new multipass.Instance("dev", { image: "24.04" }, { parent, dependsOn: setting });
    const mount = new multipass.Mount("mount", { instance: vm, source: process.cwd() + "/src", target: "src" }, { parent });
    const alias = new multipass.Alias("alias", { instance: vm, command: "ls", name: "dev-ls" }, { parent });
    const who = new multipass.Command("who", { instance: vm, create: ["hostname", "-I"] }, { parent });
    const file = new multipass.File("file", { instance: vm, path: "who", content: who.stdout }, { parent });
    const snap = new multipass.Snapshot("snap", { instance: vm, comment: who.stdout }, { parent, dependsOn: [file, mount] });
    new multipass.Restore("restore", { instance: vm, snapshot: snap.name, discardCurrentState: true }, { parent });
    new multipass.Clone("clone", { source: vm }, { parent, dependsOn: snap });
  }
}
new Everything();`;

/** The final text in the row of each resource that printed any, without durations. */
function lastStatuses({ logs }: RunResult): Record<string, string> {
  const rows: Record<string, string> = {};
  for (const { urn, message } of logs) if (urn) rows[urn.split("::").at(-1) as string] = message.trim();
  return Object.fromEntries(
    Object.entries(rows).map(([name, last]) => [name, last.replace(/(?<=after) [<\d].*/, "")]),
  );
}

for (const deployer of places()) {
  describe(`one resource of each kind, on the ${deployer.name}`, function () {
    // Each run of the real CLI takes seconds.
    this.timeout(300_000);

    it("is previewed, created, left alone, replaced with its instance, and destroyed", () =>
      inLab(deployer, EVERYTHING, {}, async ({ dir, sim, stack, write, counts }) => {
        mkdirSync(join(dir, "src"));
        succeeded(await stack.preview());
        assert.equal((await counts())["launch"], undefined);
        const made = succeeded(await stack.up());
        assert.deepEqual(lastStatuses(made), {
          dev: "ready at 10.97.0.2 after",
          mount: "mounted at /home/ubuntu/src",
          who: "exited with code 0",
          file: "/home/ubuntu/who is in place",
          snap: "the snapshot is taken",
          clone: "ready at 10.97.0.3 after",
        });

        const { resources } = await stack.state();
        const types = resources.flatMap(
          ({ type }) => /multipass(?:-lab:index)?:(\w+)$/.exec(type)?.[1] ?? [],
        );
        assert.deepEqual(types.sort(), [
          "Alias",
          "Clone",
          "Command",
          "File",
          "Instance",
          "Mount",
          "Restore",
          "Setting",
          "Snapshot",
        ]);
        for (const { inputs, custom, urn } of resources) {
          if (!custom || deployer.door === "plugin") continue;
          const text = JSON.stringify(inputs["__provider"]);
          assert.ok(text.length < 2_500, `${urn} keeps ${text.length} characters of code in the state`);
          assert.doesNotMatch(text, new RegExp(`${process.cwd()}|node_modules|file:`), urn);
        }

        const before = (await sim.calls()).length;
        succeeded(await stack.up());
        assert.equal((await sim.calls()).length, before, "a run without changes calls multipass");
        succeeded(await stack.refresh());
        const still = succeeded(await stack.up());
        assert.equal(still.summary.update ?? 0, 0, still.text);

        write(EVERYTHING.replace("24.04", "22.04"));
        succeeded(await stack.up());
        const { instances } = await sim.world();
        const dev = Object.values(instances).find(({ name }) => name.startsWith("dev-"));
        assert.equal(dev?.image, "22.04");
        assert.equal(Object.keys(dev?.snapshots ?? {}).length, 1);
        assert.deepEqual(Object.keys(dev?.mounts ?? {}), ["/home/ubuntu/src"]);
        assert.equal((await counts())["restore"], undefined);

        const destroyed = succeeded(await stack.destroy());
        assert.deepEqual(Object.keys((await sim.world()).instances), []);
        assert.match(lastStatuses(destroyed)["dev"] ?? "", /^instance "dev-\w+" is purged$/);
      }));

    it("is removed from an instance that stays [long]", () =>
      inLab(
        deployer,
        `const vm = multipass.Instance.get("theirs");
new multipass.File("file", { instance: vm, path: "/etc/ours", content: "x" });
new multipass.Mount("mount", { instance: vm, source: process.cwd() + "/src", target: "src" });
new multipass.Snapshot("snap", { instance: vm, name: "ours" });`,
        {},
        async ({ dir, sim, stack }) => {
          mkdirSync(join(dir, "src"));
          execFileSync(sim.bin, ["launch", "--name", "theirs"], { stdio: "ignore" });
          succeeded(await stack.up());
          succeeded(await stack.destroy());
          const theirs = (await sim.world()).instances["theirs"];
          assert.equal(theirs?.state, "Running");
          assert.deepEqual([theirs?.mounts, theirs?.snapshots], [{}, {}]);
          await assert.rejects(sim.instance("theirs").readFile("/etc/ours"));
        },
      ));
  });
}
