import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const example = fileURLToPath(new URL("../../examples/testing/stack.test.ts", import.meta.url));
const built = fileURLToPath(new URL("../../dist/testing/index.js", import.meta.url));

describe("examples/testing", () => {
  it("fails without waiting and passes with it", function () {
    this.timeout(180_000);
    const hasCli = spawnSync("pulumi", ["version"]).status === 0;
    if (!hasCli || !existsSync(built)) {
      console.log("      examples/testing needs the Pulumi CLI and a build: not run");
      this.skip();
    }
    // The runner tells its children that they are tests of it; this one is to stand on its own.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const { status, stdout } = spawnSync(process.execPath, ["--test", example], { env, encoding: "utf8" });
    assert.equal(status, 0, stdout);
  });
});
