import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { busyLoops, check, complaintsOf } from "../../bench/check/index.ts";
import { lives } from "../../bench/check/lives.ts";
import { WHAT } from "../../bench/check/probes.ts";
import { imports } from "../../bench/check/processes.ts";
import { baselineOf, worse } from "../../bench/check/verdict.ts";
import { readResults } from "../../bench/results.ts";
import type { Lab } from "../e2e/lab.ts";

const quiet = () => undefined;
const recorded = readResults()["check"]?.metrics ?? {};

describe("a baseline", () => {
  it("is the median of the quiet runs, and its noise is three times the distance of the worst run", () => {
    assert.deepEqual(baselineOf("calls", [3, 5, 4], [4, 8]), { what: "calls", value: 4, noise: 12 });
    assert.deepEqual(baselineOf("calls", [3, 3, 3], [2, 3]), { what: "calls", value: 3, noise: 0 });
  });

  it("never questions less than the slack", () => {
    assert.equal(baselineOf("KiB", [500], [500], 0.1).noise, 50);
    assert.equal(baselineOf("KiB", [500], [540], 0.1).noise, 120);
  });
});

describe("the verdict of the check", () => {
  const baselines = { "a.b": { what: "calls of a create", value: 4, noise: 2 } };

  it("names what got worse by more than its noise, with its figures", () => {
    assert.deepEqual([...worse({ "a.b": 6 }, baselines)], []);
    assert.deepEqual(
      [...worse({ "a.b": 7 }, baselines).values()],
      ["Worse: calls of a create (a.b): 7, and was 4 (noise 2)."],
    );
  });

  it("complains about a number that is not one, and about one without a baseline", () => {
    assert.match(worse({ "a.b": Number.NaN }, baselines).get("a.b") ?? "", /^Worse: .*: NaN, and was 4/);
    assert.match(worse({ other: 1 }, baselines).get("other") ?? "", /^Not recorded: other: 1\./);
  });

  it("measures again before it complains", async () => {
    const values = [9, 5, 9, 9];
    const probe = async () => ({ "a.b": values.shift() as number });
    assert.deepEqual(await complaintsOf(probe, baselines, quiet), []);
    assert.equal((await complaintsOf(probe, baselines, quiet)).length, 1);
  });
});

describe("the check", () => {
  it("has a baseline for everything that it measures", () => {
    const none = Object.fromEntries(Object.keys(WHAT).map((id) => [id, 0]));
    assert.deepEqual([...worse(none, recorded).values()], []);
  });

  it("refuses a probe that it does not have, rather than finding nothing wrong", async () => {
    await assert.rejects(check(recorded, quiet, ["import"]), /no probe "import": choose of imports, start,/);
  });

  it("finds a busy loop in the module that programs import [long]", async () => {
    const folder = mkdtempSync(join(tmpdir(), "multipass-check-"));
    after(() => rmSync(folder, { recursive: true }));
    const slow = join(folder, "slow.mjs");
    const busy = "const end = process.cpuUsage().user + 40_000; while (process.cpuUsage().user < end);";
    writeFileSync(slow, `${busy}\nexport * from "${import.meta.resolve("pulumi-multipass")}";`);
    const found = worse(await imports(pathToFileURL(slow).href), recorded);
    assert.match(
      found.get("check.import") ?? "",
      /^Worse: processor time of .* \(check\.import\): 0\.\d+, and was 0\.0/,
    );
  });

  it("finds one more call of each create [long]", async () => {
    // Asks for the version before each launch.
    const plant = ({ dir, env, sim }: Lab) => {
      const client = join(dir, "multipass");
      const script = `[ "$1" = launch ] && "${sim.bin}" version >/dev/null\nexec "${sim.bin}" "$@"`;
      writeFileSync(client, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      env["MULTIPASS_BIN"] = client;
    };
    const found = worse(await lives([1], plant), recorded);
    assert.deepEqual(
      [...found.values()],
      ["Worse: create of 1: calls beyond two for each (check.create.1): 4, and was 3 (noise 0)."],
    );
  });

  it("complains about nothing beside four busy loops [long]", async () => {
    const stop = busyLoops();
    try {
      assert.deepEqual(await check(recorded, quiet, ["imports", "start"]), []);
    } finally {
      stop();
    }
  });
});
