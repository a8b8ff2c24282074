import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const repository = join(import.meta.dirname, "../..");

/** Loads the package after Pulumi's SDK, and tells of every module that this adds. */
const PROGRAM = `await import("@pulumi/pulumi");
const { registerHooks } = await import("node:module");
const added = [];
registerHooks({ load(url, context, next) { added.push(url); return next(url, context); } });
await import(process.argv[1]);
console.log(JSON.stringify(added));`;

describe("the import of the package", () => {
  it("loads no other package, which every Pulumi program would pay for", () => {
    const index = join(repository, "provider/index.ts");
    const args = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", PROGRAM, index];
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: repository, encoding: "utf8" });
    const added = JSON.parse(stdout || `"${stderr}"`) as string[];
    assert.ok(added.some((url) => url.endsWith("provider/resources/instance.ts")));
    assert.deepEqual(
      added.filter((url) => url.includes("/node_modules/")),
      [],
    );
  });
});

/** Runs a program with one resource, and tells its provider and what the run has loaded to serialise it. */
const ONE_RESOURCE = `const pulumi = await import("@pulumi/pulumi");
const { createRequire } = await import("node:module");
let code;
await pulumi.runtime.setMocks({
  newResource({ inputs }) { code = inputs.__provider; return { id: "dev", state: inputs }; },
  call: () => ({}),
});
const { Instance } = await import(process.argv[1]);
const vm = new Instance("dev");
await new Promise((resolve) => vm.urn.apply(resolve));
const loaded = Object.keys(createRequire(import.meta.url).cache);
console.log(JSON.stringify({ code, serialising: loaded.filter((path) => /closure.v8/.test(path)) }));`;

describe("a resource of a program", () => {
  it("has its provider as a few lines of code, which Pulumi does not serialise for 0.1 s", () => {
    const index = join(repository, "provider/index.ts");
    const args = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", ONE_RESOURCE];
    const { stdout, stderr } = spawnSync(process.execPath, [...args, index], {
      cwd: repository,
      encoding: "utf8",
    });
    const { code, serialising } = JSON.parse(stdout || `"${stderr}"`);
    assert.deepEqual(serialising, []);
    assert.ok(code.length < 500, code);
    // As Pulumi's dynamic provider loads it.
    const loaded: { exports: { handler?: () => object } } = { exports: {} };
    new Function("module", "exports", code)(loaded, loaded.exports);
    const methods = Object.entries(loaded.exports.handler?.() ?? {});
    assert.deepEqual(methods.map(([name, method]) => `${name}: ${typeof method}`).sort(), [
      "check: function",
      "create: function",
      "delete: function",
      "diff: function",
      "read: function",
      "update: function",
    ]);
  });
});
