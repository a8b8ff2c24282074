import assert from "node:assert/strict";
import proto from "@pulumi/pulumi/proto/engine_pb.js";
import { logTo } from "../../provider/doors/engine-log.ts";

type Request = InstanceType<typeof proto.LogRequest>;

describe("the log of a resource", () => {
  it("does not repeat a status, since a log file keeps every line", async () => {
    const sent: string[] = [];
    const client = {
      log(request: Request, done: () => void) {
        sent.push(`${request.getEphemeral() ? "status" : "line"}: ${request.getMessage()}`);
        done();
      },
    };
    const log = logTo(() => ({ proto, client }), "urn");
    for (const message of ["booting", "booting", "waiting", "booting"]) log.status(message);
    log.info("booting");
    log.info("booting");
    await log.delivered();
    assert.deepEqual(sent, [
      "status: booting",
      "status: waiting",
      "status: booting",
      "line: booting",
      "line: booting",
    ]);
  });

  it("sends a message when the engine has the one before, since the engine may swap two at once", async () => {
    const sent: string[] = [];
    const unanswered: (() => void)[] = [];
    const client = {
      log(request: Request, done: () => void) {
        sent.push(request.getMessage());
        unanswered.push(done);
      },
    };
    const log = logTo(() => ({ proto, client }), "urn");
    log.status("running");
    log.status("exited");
    log.info("done");
    const delivered = log.delivered();
    for (const expected of [["running"], ["running", "exited"], ["running", "exited", "done"]]) {
      await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual(sent, expected);
      unanswered.shift()?.();
    }
    await delivered;
  });

  it("does not wait if nothing was logged", async () => {
    const timers = () => process.getActiveResourcesInfo().filter((one) => one === "Timeout").length;
    const before = timers();
    const delivered = logTo(() => false, "urn").delivered();
    assert.equal(timers(), before);
    await delivered;
  });
});
