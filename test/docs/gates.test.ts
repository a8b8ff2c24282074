/** The gates themselves: what they say where they cannot do their work. */
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { repository } from "./blocks.ts";

describe("an audit that reaches no registry [long]", () => {
  const audit = (env: Record<string, string>) =>
    execa(process.execPath, ["scripts/quality/audit.ts"], {
      cwd: repository,
      // A port at which nobody listens.
      env: {
        GITHUB_ACTIONS: "",
        npm_config_registry: "http://127.0.0.1:9/",
        npm_config_fetch_retries: "0",
        ...env,
      },
      reject: false,
    });

  it("says so, and fails nothing on a machine that may have no network", async () => {
    const { stdout, exitCode } = await audit({});
    assert.match(stdout, /^\*\*\* NOT AUDITED: /m);
    assert.equal(exitCode, 0);
  });

  it("fails in the workflows, which have one", async () => {
    const { stdout, exitCode } = await audit({ GITHUB_ACTIONS: "true" });
    assert.match(stdout, /^\*\*\* NOT AUDITED: /m);
    assert.equal(exitCode, 1);
  });
});

describe("an audit", () => {
  it("is of what users install, the peer and what that brings included, and of nothing else [long]", async function () {
    // The stand-in for npm is a script of a shell.
    if (process.platform === "win32") this.skip();
    const folder = mkdtempSync(join(tmpdir(), "multipass-audit-"));
    after(() => rmSync(folder, { recursive: true }));
    const auditOf = (severity: string, ...names: string[]) => {
      const all = names.map((name) => [name, { name, severity, nodes: [`node_modules/${name}`] }]);
      writeFileSync(join(folder, "report"), JSON.stringify({ vulnerabilities: Object.fromEntries(all) }));
      const script = `[ "$1" = audit ] && exec cat '${folder}/report'\nPATH=\${PATH#*:}; exec npm "$@"`;
      writeFileSync(join(folder, "npm"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      return execa(process.execPath, ["scripts/quality/audit.ts"], {
        cwd: repository,
        env: { PATH: `${folder}:${process.env["PATH"]}` },
        reject: false,
      });
    };
    const theirs = await auditOf("high", "execa", "@pulumi/pulumi", "@logdna/tail-file", "mocha", "knip");
    assert.match(theirs.stdout, /^3 known vulnerabilities/);
    assert.equal(theirs.exitCode, 1);
    const ours = await auditOf("critical", "mocha", "knip");
    assert.match(ours.stdout, /^0 known vulnerabilities/);
    assert.equal(ours.exitCode, 0);
    assert.equal((await auditOf("low", "execa")).exitCode, 0);
  });
});

describe("the licences", () => {
  it("are those of the peer's tree as well", async () => {
    const { stdout } = await execa(process.execPath, ["scripts/quality/licences.ts"], { cwd: repository });
    const [, count] = /^(\d+) packages are installed with this one and its peer/.exec(stdout) ?? [];
    assert.ok(Number(count) > 100, stdout);
  });
});

describe("the run of all gates", () => {
  let folder: string;
  before(function () {
    // It is a script of bash.
    if (process.platform === "win32") this.skip();
    folder = mkdtempSync(join(tmpdir(), "multipass-gates-"));
    mkdirSync(join(folder, ".ci"));
    copyFileSync(join(repository, ".ci/run"), join(folder, ".ci/run"));
    copyFileSync(join(repository, "README.md"), join(folder, "README.md"));
  });
  after(() => folder && rmSync(folder, { recursive: true }));

  /** With a command `npm` that says what it is told to. */
  async function run(cases: string) {
    writeFileSync(join(folder, "npm"), `#!/bin/sh\ncase "$*" in\n${cases}\nesac\n`, { mode: 0o755 });
    const env = { PATH: `${folder}:${process.env["PATH"]}` };
    return execa("bash", [join(folder, ".ci/run")], { env, reject: false });
  }

  it("repeats at its end what did not run, once, and counts over all runs", async () => {
    const { stdout, exitCode } = await run(`
      "run check:audit") echo '*** NOT AUDITED: nobody there ***' ;;
      test) echo '*** skipped: of Windows'; echo '3 passed, 0 failed, 1 skipped' ;;
      "run test:package") echo '*** skipped: of Windows'; echo '2 passed, 0 failed, 1 skipped' ;;
      "run mutation") sleep 2 ;;`);
    const end =
      "\n*** skipped: of Windows\n*** NOT AUDITED: nobody there ***\n\n5 passed, 0 failed, 2 skipped";
    assert.ok(stdout.endsWith(end), stdout.slice(-500));
    assert.equal(exitCode, 0);
    assert.match(stdout, /\n +[2-9] {2}passed +npm run mutation\n/);
    assert.match(stdout, /\n +\d+ {2}passed +.*npm run test:long\n/);
  });

  it("calls the commands of the front page", async () => {
    const { stdout } = await run("");
    const steps = [...stdout.matchAll(/^ +\d+ {2}passed +(.*)$/gm)].map(([, step = ""]) => step);
    assert.equal(steps[0], "npm ci");
    for (const command of ["run up", "test"]) {
      assert.ok(
        steps.some((step) => step.endsWith(`npm ${command}`)),
        command,
      );
      assert.match(
        readFileSync(join(repository, "README.md"), "utf8"),
        new RegExp(`^npm ci && npm ${command}$`, "m"),
      );
    }
    assert.equal(new Set(steps).size, steps.length, "a step runs twice");
  });

  it("fails with what fails, and shows it at its end", async () => {
    const { stdout, exitCode } = await run(`"run lint") echo 'a mistake'; exit 1 ;;`);
    assert.match(stdout, /=== FAILED with 1: npm run lint\na mistake\n[^=]*0 passed, 1 failed, 0 skipped$/);
    assert.equal(exitCode, 1);
  });
});
