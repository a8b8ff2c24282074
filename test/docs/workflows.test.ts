import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { repository } from "./blocks.ts";

interface Step {
  uses?: string;
  run?: string;
}

interface Workflow {
  permissions?: Record<string, string>;
  on?: Record<string, unknown>;
  jobs: Record<
    string,
    {
      "timeout-minutes"?: number;
      permissions?: Record<string, string>;
      needs?: string;
      /** Another workflow in place of steps. */
      uses?: string;
      steps?: Step[];
    }
  >;
}

const folder = join(repository, ".github/workflows");
const { scripts } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};

const own = readdirSync(folder).map((name) => `.github/workflows/${name}`);

for (const path of [...own, "examples/ci/.github/workflows/stack.yml"]) {
  describe(`the workflow ${path}`, () => {
    const text = readFileSync(join(repository, path), "utf8");
    const workflow = parse(text) as Workflow;
    const jobs = Object.entries(workflow.jobs);
    const steps = jobs.flatMap(([, job]) => job.steps ?? []);

    it("pins every action to a commit, and names its version", () => {
      const used = steps.filter(({ uses }) => uses !== undefined).length;
      const pinned = text.match(/uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/gm) ?? [];
      assert.equal(pinned.length, used);
    });

    it("may only read, unless a job says otherwise", () => {
      const granted = Object.entries(workflow.permissions ?? { all: "write" });
      assert.deepEqual(
        granted.filter(([what, level]) => what !== "contents" || level !== "read"),
        [],
      );
    });

    it("ends by itself", () => {
      for (const [id, job] of jobs) assert.ok(job["timeout-minutes"] ?? job.uses, id);
    });

    it("runs scripts that exist", () => {
      const named = steps.flatMap(({ run = "" }) => [...run.matchAll(/npm run (?:-s )?([\w:]+)/g)]);
      for (const [, script = ""] of named) assert.ok(scripts[script], script);
    });
  });
}

describe("the release", () => {
  it("waits for all that CI runs, on every system and every Node.js", () => {
    const read = (name: string) => parse(readFileSync(join(folder, name), "utf8")) as Workflow;
    const { test, publish } = read("release.yml").jobs;
    assert.equal(test?.uses, "./.github/workflows/ci.yml");
    assert.equal(publish?.needs, "test");
    assert.ok("workflow_call" in (read("ci.yml").on ?? {}));
  });

  it("can write only where it versions or publishes, and the tests of the package run with neither", () => {
    const { jobs } = parse(readFileSync(join(folder, "release.yml"), "utf8")) as Workflow;
    const canWrite = (id: string) => Object.values(jobs[id]?.permissions ?? {}).includes("write");
    assert.equal(canWrite("test"), false);
    // Provenance and trusted publishing take a token that nothing else gets.
    const withToken = Object.keys(jobs).filter((id) => jobs[id]?.permissions?.["id-token"] === "write");
    assert.deepEqual(withToken, ["publish"]);
  });
});
