import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { execa } from "execa";
import type { Simulator } from "../../simulator/src/index.ts";
import { type Deployer, deployers } from "../engine/index.ts";
import {
  hasHistory,
  linkDependencies,
  type Packed,
  pack,
  packCommit,
  scratch,
  unpack,
  withStack,
  writeProgram,
} from "./packed.ts";

/**
 * The commit that stands for the version before, as long as none is published: the first that had all resources, tests of a packed package, and
 * a state that was kept. Some 90 commits of changes to all layers lie between it and 0.1.0.
 */
const BEFORE = "67bc1cf7b38fc2c5d69d468fd9369e51c69d3186";

/** One of each, with a secret and with values that a preview cannot know. */
const EVERYTHING = (cpus: number) => `
import * as pulumi from "@pulumi/pulumi";
const setting = new multipass.Setting("setting", { key: "client.primary-name", value: "dev" });
const vm = new multipass.Instance("dev", {
  name: "dev", cpus: ${cpus}, memory: "2G", cloudInit: pulumi.secret("#cloud-config\\npassword: x-y-z\\n"),
}, { dependsOn: setting });
const mount = new multipass.Mount("mount", { instance: vm, source: "shared", target: "shared" });
new multipass.Alias("alias", { instance: vm, command: "ls", name: "dev-ls" });
const who = new multipass.Command("who", { instance: vm, create: ["hostname", "-I"] });
const file = new multipass.File("motd", { instance: vm, path: "/etc/motd", content: who.stdout, user: "root" });
const snap = new multipass.Snapshot("snap", { instance: vm }, { dependsOn: [file, mount] });
new multipass.Restore("restore", { instance: vm, snapshot: snap.name, discardCurrentState: true });
const pattern = new multipass.Instance("pattern", { powerState: "stopped" });
new multipass.Clone("copy", { source: pattern });
new multipass.InstanceGroup("node", { count: 1, template: { image: "24.04" } });
export const ip = vm.ipAddress;`;

/** What the providers in states that exist call. These names are for ever: add to the list, never take from it. */
const CALLED: Record<string, string[]> = JSON.parse(
  readFileSync(join(import.meta.dirname, "fixtures/runtime-0.1.0.json"), "utf8"),
);

const instancesOf = async (sim: Simulator) => Object.keys((await sim.world()).instances);

describe("an upgrade", function () {
  this.timeout(300_000);
  let dir: string;

  beforeEach(() => {
    dir = scratch();
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  describe("from an earlier package", () => {
    let earlier: Packed;
    let built = "";

    before(async function () {
      if (!(await hasHistory())) {
        process.stderr.write("\n*** Not a whole clone (git fetch --unshallow): NO UPGRADE TESTED. ***\n\n");
        return this.skip();
      }
      built = scratch();
      earlier = await packCommit(BEFORE, join(built, "source"), join(built, "packed"));
    });
    after(() => rmSync(built, { recursive: true, force: true }));

    for (const deployer of deployers()) {
      it(`changes nothing in a stack with one of each resource, on the ${deployer.name}`, async () => {
        const installed = join(dir, "node_modules/pulumi-multipass");
        linkDependencies(dir);
        await unpack(earlier, installed);
        mkdirSync(join(dir, "shared"));
        writeProgram(dir, EVERYTHING(1));
        const use = async (stack: Deployer, sim: Simulator) => {
          const made = await stack.up();
          assert.ok(made.ok, made.text);
          const code = JSON.stringify(
            (await stack.state()).resources.map(({ inputs }) => inputs["__provider"]),
          );
          assert.doesNotMatch(code, /0\.1\.0|multipass-package-/, "a version or a path is in the state");

          rmSync(installed, { recursive: true });
          await unpack(await pack(join(dir, "packed/now")), installed, "99.0.0");
          const before = (await sim.calls()).length;
          const preview = await stack.preview();
          assert.ok(preview.ok, preview.text);
          assert.deepEqual(Object.keys(preview.summary), ["same"], preview.text);
          const again = await stack.up();
          assert.deepEqual(Object.keys(again.summary), ["same"], again.text);
          assert.equal((await sim.calls()).length, before, "an upgrade calls multipass");
          const refreshed = await stack.refresh();
          assert.ok(refreshed.ok, refreshed.text);
          assert.deepEqual(Object.keys((await stack.up()).summary), ["same"]);

          writeProgram(dir, EVERYTHING(2));
          const changed = await stack.up();
          assert.ok(changed.ok, changed.text);
          assert.deepEqual([changed.summary.update, changed.summary.replace], [1, undefined], changed.text);
          const gone = await stack.destroy();
          assert.ok(gone.ok, gone.text);
          assert.deepEqual(await instancesOf(sim), []);
        };
        await withStack(dir, use, { open: deployer.open });
      });
    }

    it("finishes a create that the earlier version gave up", async () => {
      const installed = join(dir, "node_modules/pulumi-multipass");
      linkDependencies(dir);
      await unpack(earlier, installed);
      const program = (create: string) =>
        `new multipass.Instance("dev", { image: "24.04" }, { customTimeouts: { create: "${create}" } });`;
      writeProgram(dir, program("4s"));
      const use = async (stack: Deployer, sim: Simulator) => {
        const cut = await stack.up();
        assert.equal(cut.ok, false, cut.text);
        const [instance = "", ...others] = await instancesOf(sim);
        assert.match(instance, /^dev-/);
        assert.deepEqual(others, []);
        rmSync(installed, { recursive: true });
        await unpack(await pack(join(dir, "packed/now")), installed, "99.0.0");
        await sim.instance(instance).poke({ cloudInitDoneIn: 0 });
        writeProgram(dir, program("1m"));
        const up = await stack.up();
        assert.ok(up.ok, up.text);
        assert.deepEqual(await instancesOf(sim), [instance]);
        assert.ok((await stack.destroy()).ok);
      };
      await withStack(dir, use, { faults: { guest: { cloudInitSeconds: 3_600 } } });
    });
  });

  it("changes nothing in a stack that 0.1.0 wrote", async () => {
    linkDependencies(dir);
    await unpack(await pack(join(dir, "packed")), join(dir, "node_modules/pulumi-multipass"), "99.0.0");
    const written = (cpus: number) => `
const vm = new multipass.Instance("dev", { name: "dev", cpus: ${cpus} });
new multipass.Command("id", { instance: vm, create: ["id"] });
export const name = vm.name;`;
    writeProgram(dir, written(1));
    cpSync(join(import.meta.dirname, "fixtures/state-0.1.0.json"), join(dir, "state/test.json"));
    await withStack(dir, async (stack, sim) => {
      await execa(sim.bin, ["launch", "--name", "dev"]);
      const preview = await stack.preview();
      assert.deepEqual(Object.keys(preview.summary), ["same"], preview.text);
      writeProgram(dir, written(2));
      const changed = await stack.up();
      assert.ok(changed.ok, changed.text);
      assert.equal(changed.summary.update, 1, changed.text);
      const gone = await stack.destroy();
      assert.ok(gone.ok, gone.text);
      assert.deepEqual(await instancesOf(sim), []);
    });
  });

  it("finishes an instance that an earlier version left unready, and knows from its state alone that it saw it", async () => {
    linkDependencies(dir);
    await unpack(await pack(join(dir, "packed")), join(dir, "node_modules/pulumi-multipass"), "99.0.0");
    writeProgram(dir, `new multipass.Instance("dev", { name: "dev", cpus: 1 });`);
    cpSync(join(import.meta.dirname, "fixtures/state-before-seen.json"), join(dir, "state/test.json"));
    await withStack(dir, async (stack, sim) => {
      await execa(sim.bin, ["launch", "--name", "dev"]);
      const up = await stack.up();
      assert.ok(up.ok, up.text);
      assert.deepEqual([up.summary.update, up.summary.replace], [1, undefined], up.text);
      assert.deepEqual(Object.keys((await stack.preview()).summary), ["same"]);
      assert.ok((await stack.destroy()).ok);
      assert.deepEqual(await instancesOf(sim), []);
    });
  });

  it("exports every name that the providers in existing states call", async () => {
    const packed = await pack(join(dir, "packed"));
    linkDependencies(dir);
    const installed = join(dir, "node_modules/pulumi-multipass");
    await unpack(packed, installed, "99.0.0");
    const runtime = await import(pathToFileURL(join(installed, "dist/doors/dynamic/runtime.js")).href);
    for (const [resource, methods] of Object.entries(CALLED)) {
      for (const method of methods)
        assert.equal(typeof runtime[resource]?.[method], "function", `${resource}.${method}`);
    }
  });
});
