/** An instance in a disabled availability zone is off, so a daemon restart does not interrupt it. */
import assert from "node:assert/strict";
import { restartForImages } from "../../../provider/core/instance/remedies.ts";
import { createSetting } from "../../support/operations.ts";
import { onSimulatedHost, type SimulatedHost } from "../../support/simulated-host.ts";

const onHost = (use: (host: SimulatedHost) => Promise<void>) =>
  onSimulatedHost({ version: "1.17.0" }, async (host) => {
    host.multipass("launch", "--name", "dev", "--zone", "zone1");
    host.multipass("disable-zones", "--force", "zone1");
    assert.equal((await host.ctx.multipass.roster.find("dev"))?.state, "Unavailable");
    await use(host);
  });

describe("an unavailable instance", () => {
  it("does not prevent a setting from being changed", () =>
    onHost(async ({ ctx, multipass }) => {
      const { outs } = await createSetting(ctx, {
        key: "local.bridged-network",
        value: "eth0",
        owner: "urn",
      });
      assert.equal(outs.previous, "");
      assert.equal(multipass("get", "--raw", "local.bridged-network").trim(), "eth0");
    }));

  it("does not prevent a daemon restart that is allowed while nothing runs", () =>
    onHost(async ({ ctx }) => {
      const done = await restartForImages(ctx, { restartDaemon: "ifIdle", restartCommand: ["true"] });
      assert.deepEqual(done, ["a restart of the daemon"]);
    }));
});
