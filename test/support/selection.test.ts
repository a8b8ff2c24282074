import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";

const SUITE = `
  it("is ordinary", () => {});
  it("is a row of a matrix [long]", () => {});
  describe("a suite on the Pulumi CLI v3", () => it("is long, too", () => {}));
`;

describe("scripts/test.ts", () => {
  let folder: string;
  let file: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "multipass-selection-"));
    file = join(folder, "it.test.ts");
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    writeFileSync(file, SUITE);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const passed = async (...args: string[]) => {
    const { stdout } = await execa(process.execPath, ["scripts/test.ts", ...args]);
    return stdout.split("\n").at(-1);
  };

  it("runs a named file with its long tests", async () => {
    assert.equal(await passed("most", file), "3 passed, 0 failed, 0 skipped");
  });

  it("passes options to Mocha", async () => {
    assert.equal(await passed("most", file, "-g", "ordinary"), "1 passed, 0 failed, 0 skipped");
  });

  it("fails if Mocha fails", async () => {
    writeFileSync(file, 'it("fails", () => { throw new Error("it does"); });');
    await assert.rejects(passed("most", file), { exitCode: 1 });
  });
});
