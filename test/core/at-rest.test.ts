/** A machine whose availability zone is disabled is off: a restart of the daemon interrupts it no more than one that is stopped. */
import assert from "node:assert/strict";
import { restartForImages } from "../../provider/core/instance/remedies.ts";
import { createSetting } from "../support/operations.ts";
import { onSimulatedHost, type SimulatedHost } from "../support/simulated-host.ts";

const onHost = (use: (host: SimulatedHost) => Promise<void>) =>
  onSimulatedHost({ version: "1.17.0" }, async (host) => {
    host.multipass("launch", "--name", "dev", "--zone", "zone1");
    host.multipass("disable-zones", "--force", "zone1");
    assert.equal((await host.ctx.multipass.roster.find("dev"))?.state, "Unavailable");
    await use(host);
  });

describe("a machine that is unavailable", () => {
  it("does not keep a setting from being changed", () =>
    onHost(async ({ ctx, multipass }) => {
      const { outs } = await createSetting(ctx, {
        key: "local.bridged-network",
        value: "eth0",
        owner: "urn",
      });
      assert.equal(outs.previous, "");
      assert.equal(multipass("get", "--raw", "local.bridged-network").trim(), "eth0");
    }));

  it("does not keep the daemon from a restart that is allowed while nothing runs", () =>
    onHost(async ({ ctx }) => {
      const done = await restartForImages(ctx, { restartDaemon: "ifIdle", restartCommand: ["true"] });
      assert.deepEqual(done, ["a restart of the daemon"]);
    }));
});
