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
