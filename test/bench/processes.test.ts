import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Run } from "../../bench/rivals/processes.ts";
import { busy, needsLinux } from "./linux.ts";

/** The state of a process, `Z` if it has ended and nobody has asked how. */
function stateOf(pid: number): string {
  try {
    return /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, "latin1"))?.[1] ?? "";
  } catch {
    return "gone";
  }
}

const options = { cwd: process.cwd(), env: process.env };

describe("the cost of a command [Linux]", () => {
  before(function () {
    needsLinux(this, "the cost of a command");
  });

  it("includes the processor time of a child of its child", async () => {
    const child = `require("child_process").spawnSync(process.execPath, ["-e", ${JSON.stringify(busy(0.3))}])`;
    const { ok, processor } = await new Run([process.execPath, "-e", child], options).ended;
    assert.ok(ok);
    assert.ok(processor >= 0.3, `${processor} s`);
  });

  it("ends with every process of the command when it is killed", async () => {
    const script = "sleep 60 & echo $!; wait";
    const run = new Run(["sh", "-c", script], options);
    const sleeping = new Promise<number>((resolve) => {
      run.onOutput = (output) => resolve(Number(output));
    });
    const pid = await sleeping;
    run.kill();
    const { ok } = await run.ended;
    assert.equal(ok, false);
    assert.match(stateOf(pid), /^(?:Z|gone)$/);
  });
});
