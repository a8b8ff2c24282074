import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";

const moduleAt = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);

/** A suite with a stack, whose second test fails. */
const SUITE = `
  import { engineStack } from ${moduleAt("../engine/index.ts")};
  import { inLab } from ${moduleAt("../e2e/lab.ts")};
  const deploys = (name, after) =>
    it("deploys " + name, () =>
      inLab({ name: "", open: engineStack }, \`new multipass.Instance("\${name}", { name: "\${name}" });\`, {}, async ({ stack }) => {
        await stack.up();
        after();
      }));
  deploys("fine", () => {});
  deploys("broken", () => { throw new Error("it fails"); });
`;

it("a failing test shows its own logs, of the plugin and of the simulator [long]", async () => {
  const folder = mkdtempSync(join(tmpdir(), "multipass-logs-"));
  try {
    const file = join(folder, "it.test.ts");
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    writeFileSync(file, SUITE);
    // Workers send their results to another process, which prints them.
    const args = ["node_modules/mocha/bin/mocha.js", "--reporter", "spec", "--parallel", "--jobs", "2", file];
    const { all, exitCode } = await execa(process.execPath, args, { reject: false, all: true });
    assert.equal(exitCode, 1, all);
    const failures = all.slice(all.indexOf("1 failing"));
    assert.match(
      failures,
      /it fails[\s\S]*--- the simulator's calls\n[\s\S]*multipass launch .*broken.* → 0 after \d+ ms/,
    );
    assert.match(failures, /--- the plugin's log of this up\n[\s\S]*multipass:Instance broken/);
    assert.doesNotMatch(failures, /fine/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
