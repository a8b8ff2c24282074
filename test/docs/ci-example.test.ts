import assert from "node:assert/strict";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { NEEDS_PULUMI, needsPulumi } from "../support/needs-pulumi.ts";
import { repository } from "./blocks.ts";

interface Job {
  env: Record<string, string>;
  steps: { run?: string }[];
}

/** Runs the steps of the example's workflow in its own order, in a copy of the folder, until one fails. */
async function runWorkflow(change: (dir: string) => void, use: (ran: Ran[]) => void): Promise<void> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "multipass-ci-")));
  try {
    cpSync(join(repository, "examples/ci"), dir, { recursive: true });
    change(dir);
    symlinkSync(join(repository, "node_modules"), join(dir, "node_modules"));
    // npm links no command of a package that was not built yet when it was installed, as in a fresh clone.
    mkdirSync(join(dir, "bin"));
    symlinkSync(join(repository, "simulator/dist/bin/main.js"), join(dir, "bin/multipass-simulator"));
    const workflow = parse(readFileSync(join(dir, ".github/workflows/stack.yml"), "utf8"));
    const { env, steps } = workflow.jobs.simulated as Job;
    const path = [join(dir, "bin"), process.env["PATH"]].join(delimiter);
    // npx shall not look for the command elsewhere.
    const quiet = { PULUMI_SKIP_UPDATE_CHECK: "true", npm_config_offline: "true" };
    const shell = { ...env, ...quiet, PATH: path };
    const ran: Ran[] = [];
    for (const { run } of steps) {
      if (run === undefined || run === "npm ci") continue;
      // As GitHub runs them.
      const options = { cwd: dir, env: shell, all: true, reject: false } as const;
      const { exitCode, all } = await execa("bash", ["-e", "-c", run], options);
      ran.push({ run, exitCode, all });
      if (exitCode !== 0) break;
    }
    use(ran);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

interface Ran {
  run: string;
  exitCode: number | undefined;
  all: string;
}

describe("the workflow of examples/ci", function () {
  this.timeout(240_000);

  it(`deploys, tests and removes the stack ${NEEDS_PULUMI}`, function () {
    needsPulumi(this);
    return runWorkflow(
      () => {},
      (ran) => {
        const said = ran.map(({ run, all }) => `$ ${run}\n${all}`).join("\n");
        assert.equal(ran.at(-1)?.exitCode, 0, said);
        assert.match(said, /\+ 2 created[\s\S]*pass 2\n[\s\S]*2 unchanged[\s\S]*- 2 deleted/);
      },
    );
  });

  it(`fails at its test if a machine is not as the test expects ${NEEDS_PULUMI}`, function () {
    needsPulumi(this);
    return runWorkflow(
      (dir) => {
        const program = join(dir, "index.ts");
        writeFileSync(program, readFileSync(program, "utf8").replace("Hello", "Goodbye"));
      },
      (ran) => {
        const { run, exitCode, all } = ran.at(-1) as Ran;
        assert.match(run, /node --test$/);
        assert.notEqual(exitCode, 0);
        assert.match(all, /actual: 'Goodbye/);
      },
    );
  });
});
