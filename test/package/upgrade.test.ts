import assert from "node:assert/strict";
import { cpSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { execa } from "execa";
import { linkDependencies, pack, scratch, unpack, withStack, writeProgram } from "./packed.ts";

const program = (cpus: number) => `
const vm = new multipass.Instance("dev", { name: "dev", cpus: ${cpus} });
new multipass.File("motd", { instance: vm, path: "/etc/motd", content: "hello\\n", user: "root" });
new multipass.Command("id", { instance: vm, create: ["id"] });
export const ip = vm.ipAddress;`;

/** What the providers in states that exist call. These names are for ever: add to the list, never take from it. */
const CALLED: Record<string, string[]> = JSON.parse(
  readFileSync(join(import.meta.dirname, "fixtures/runtime-0.1.0.json"), "utf8"),
);

describe("an upgrade", function () {
  this.timeout(300_000);
  let dir: string;

  beforeEach(() => {
    dir = scratch();
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it("is no change of a stack, which the new version goes on with and destroys", async () => {
    const packed = await pack(join(dir, "packed"));
    const installed = join(dir, "node_modules/pulumi-multipass");
    linkDependencies(dir);
    await unpack(packed, installed, "0.0.1");
    writeProgram(dir, program(1));
    await withStack(dir, async (stack) => {
      const made = await stack.up();
      assert.ok(made.ok, made.text);
      const before = JSON.stringify(
        (await stack.state()).resources.map(({ inputs }) => inputs["__provider"]),
      );
      assert.doesNotMatch(before, /0\.0\.1|multipass-package-/, "a version or a path is in the state");

      rmSync(installed, { recursive: true });
      await unpack(packed, installed, "99.0.0");
      const preview = await stack.preview();
      assert.ok(preview.ok, preview.text);
      assert.deepEqual(Object.keys(preview.summary), ["same"], preview.text);
      assert.equal((await stack.refresh()).ok, true);
      assert.deepEqual(Object.keys((await stack.up()).summary), ["same"]);

      writeProgram(dir, program(2));
      const changed = await stack.up();
      assert.ok(changed.ok, changed.text);
      assert.equal(changed.summary.update, 1, changed.text);
      const gone = await stack.destroy();
      assert.ok(gone.ok, gone.text);
    });
  });

  it("is no change of a stack that 0.1.0 has written", async () => {
    linkDependencies(dir);
    await unpack(await pack(join(dir, "packed")), join(dir, "node_modules/pulumi-multipass"), "99.0.0");
    const written = (cpus: number) => `
const vm = new multipass.Instance("dev", { name: "dev", cpus: ${cpus} });
new multipass.Command("id", { instance: vm, create: ["id"] });
export const name = vm.name;`;
    writeProgram(dir, written(1));
    cpSync(join(import.meta.dirname, "fixtures/state-0.1.0.json"), join(dir, "state/test.json"));
    await withStack(dir, async (stack, multipass) => {
      await execa(multipass, ["launch", "--name", "dev"]);
      const preview = await stack.preview();
      assert.deepEqual(Object.keys(preview.summary), ["same"], preview.text);
      writeProgram(dir, written(2));
      const changed = await stack.up();
      assert.ok(changed.ok, changed.text);
      assert.equal(changed.summary.update, 1, changed.text);
      const gone = await stack.destroy();
      assert.ok(gone.ok, gone.text);
      assert.deepEqual(JSON.parse((await execa(multipass, ["list", "--format", "json"])).stdout).list, []);
    });
  });

  it("finds every name that the providers in existing states call", async () => {
    const packed = await pack(join(dir, "packed"));
    linkDependencies(dir);
    const installed = join(dir, "node_modules/pulumi-multipass");
    await unpack(packed, installed, "99.0.0");
    const runtime = await import(pathToFileURL(join(installed, "dist/runtime.js")).href);
    for (const [resource, methods] of Object.entries(CALLED)) {
      for (const method of methods)
        assert.equal(typeof runtime[resource]?.[method], "function", `${resource}.${method}`);
    }
  });
});
