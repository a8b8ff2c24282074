import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { NEEDS_PULUMI, needsPulumi } from "../support/needs-pulumi.ts";

const examples = ["stack", "images"].map((name) =>
  fileURLToPath(new URL(`../../examples/testing/${name}.test.ts`, import.meta.url)),
);
const built = fileURLToPath(new URL("../../simulator/dist/index.js", import.meta.url));

describe("examples/testing", () => {
  it(`pass ${NEEDS_PULUMI}`, async function () {
    this.timeout(240_000);
    needsPulumi(this);
    assert.ok(existsSync(built), "`npm run build` makes what this example imports");
    // The runner tells its children that they are tests of it; this one is to stand on its own.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    // A create that waits for the host would wait for half an hour.
    const options = { env, extendEnv: false, reject: false, timeout: 200_000 } as const;
    const { failed, stdout } = await execa(process.execPath, ["--test", ...examples], options);
    assert.equal(failed, false, stdout);
  });
});
