import assert from "node:assert/strict";
import { askCloudInit } from "../../provider/driver/cloud-init.ts";

/** A guest that answers with these outputs, one a question. */
const guest = (...answers: [stdout: string, exitCode?: number][]) => {
  const rest = [...answers];
  return async () => {
    const [stdout, exitCode = 0] = rest.shift() ?? assert.fail("it was asked once more");
    return { stdout, exitCode, stderr: "" };
  };
};
const json = (more: object) =>
  JSON.stringify({
    status: "done",
    errors: [],
    recoverable_errors: {},
    detail: "DataSourceNoCloud",
    ...more,
  });

describe("cloud-init's status in a guest", () => {
  it("has the status and the errors", async () => {
    const status = await askCloudInit(
      guest([json({ status: "error", errors: ["runcmd failed"] }), 1]),
      "dev",
    );
    assert.deepEqual([status.status, status.errors], ["error", ["runcmd failed"]]);
  });

  it("is `degraded` after recovered errors, but not while cloud-init runs", async () => {
    const recoverable_errors = { WARNING: ["deprecated"] };
    const extended = { extended_status: "degraded done", recoverable_errors };
    assert.deepEqual((await askCloudInit(guest([json(extended), 2]), "dev")).errors, ["deprecated"]);
    assert.equal((await askCloudInit(guest([json(extended), 2]), "dev")).status, "degraded");
    const running = { status: "running", extended_status: "degraded running", recoverable_errors };
    assert.equal((await askCloudInit(guest([json(running), 2]), "dev")).status, "running");
  });

  it("is undefined without cloud-init", async () => {
    const status = await askCloudInit(guest(["bash: cloud-init: command not found", 127]), "dev");
    assert.equal(status.status, "absent");
  });

  it("is read from plain text if cloud-init is too old for JSON", async () => {
    const usage = "usage: cloud-init status [-h] [--long] [--wait]";
    const done = await askCloudInit(
      guest([usage, 2], ["status: done\ntime: then\ndetail:\nNoCloud\n"]),
      "dev",
    );
    assert.deepEqual(done, { status: "done", errors: [], hasDropped: false, detail: "NoCloud" });
    const failed = await askCloudInit(
      guest([usage, 2], ["status: error\ndetail:\n('scripts-user', ...)\n", 1]),
      "dev",
    );
    assert.deepEqual(failed.errors, ["('scripts-user', ...)"]);
  });
});
