import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { NEEDS_PULUMI, needsPulumi } from "../support/needs-pulumi.ts";

const examples = ["stack", "images"].map((name) =>
  fileURLToPath(new URL(`../../examples/testing/${name}.test.ts`, import.meta.url)),
);
const built = fileURLToPath(new URL("../../simulator/dist/index.js", import.meta.url));

describe("examples/testing", () => {
  it(`pass ${NEEDS_PULUMI}`, function () {
    this.timeout(180_000);
    needsPulumi(this);
    assert.ok(existsSync(built), "`npm run build` makes what this example imports");
    // The runner tells its children that they are tests of it; this one is to stand on its own.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const { status, stdout } = spawnSync(process.execPath, ["--test", ...examples], {
      env,
      encoding: "utf8",
    });
    assert.equal(status, 0, stdout);
  });
});
