import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const engine = new URL("./index.ts", import.meta.url).href;
const support = new URL("../support/needs-pulumi.ts", import.meta.url).href;

const ON_ENGINES = `
  import { deployers } from ${JSON.stringify(engine)};
  import { NEEDS_PULUMI, needsPulumi } from ${JSON.stringify(support)};
  for (const { name } of deployers()) {
    describe(\`a suite on the \${name}\`, () => {
      it("has a test", () => {});
      it("has another one", () => {});
    });
  }
  it("is for the CLI alone " + NEEDS_PULUMI, function () { needsPulumi(this); });
`;
/** Each test fails at its first try. */
const flaky = (count: number) => `
  for (let i = 0; i < ${count}; i++) {
    let tries = 0;
    it("is flaky " + i, () => { if (++tries === 1) throw new Error("busy"); });
  }
`;

describe("the result of a run [long]", () => {
  let folder: string;
  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "multipass-reporter-")));
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function mocha(program: string, env: Record<string, string> = {}, ...more: string[]) {
    const file = join(folder, "it.test.ts");
    writeFileSync(file, program);
    const runner = join(repository, "node_modules/mocha/bin/mocha.js");
    const reporter = join(repository, "test/support/reporter.cjs");
    const args = ["--no-config", "--reporter", reporter, ...more, file];
    return execa(process.execPath, [runner, ...args], {
      env: { PATH: folder, ...env },
      extendEnv: false,
      reject: false,
      all: true,
    });
  }

  for (const parallel of [[], ["--parallel", "--jobs", "2"]]) {
    it(`reports once, at the end, which tests lacked a CLI ${parallel.join(" ")}`, async () => {
      const { all, exitCode } = await mocha(ON_ENGINES, {}, ...parallel);
      assert.equal(exitCode, 0, all);
      assert.match(
        all,
        /\n\*\*\* skipped: is for the CLI alone \[needs the Pulumi CLI\]\n\*\*\* 3 tests need the Pulumi CLI and did not run: no `pulumi` on the PATH \*\*\*\n\n2 passed, 0 failed, 1 skipped$/,
      );
      assert.match(all, /- is for the CLI alone \[needs the Pulumi CLI\]\n/);
      assert.equal(all.split("did not run").length, 2);
    });
  }

  it("does not report that if there is a CLI", async function () {
    // This test's CLI is a shell script.
    if (process.platform === "win32") this.skip();
    const bin = join(folder, "with");
    mkdirSync(bin);
    writeFileSync(join(bin, "pulumi"), "#!/bin/sh\necho v3.0.0\n", { mode: 0o755 });
    const { all } = await mocha(ON_ENGINES, { PATH: bin });
    assert.match(all, /on the Pulumi CLI v3\.0\.0/);
    assert.doesNotMatch(all, /did not run/);
    assert.match(all, /\n5 passed, 0 failed, 0 skipped$/);
  });

  for (const [count, CI, failed] of [
    [10, "true", 0],
    [11, "true", 1],
    [11, "", 0],
  ] as const) {
    it(`${failed ? "is a failure" : "is good"} with ${count} tests that needed a second try ${CI && "in CI"}`, async () => {
      const { all, exitCode } = await mocha(flaky(count), { CI }, "--retries", "1");
      assert.match(all, /Needed a second try:\n {2}is flaky 0: busy\n/);
      assert.match(all, new RegExp(`\n${count} passed, ${failed} failed, 0 skipped$`));
      assert.equal(exitCode, failed, all);
    });
  }
});
