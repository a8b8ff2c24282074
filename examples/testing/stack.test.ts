/**
 * Tests the stack beside this file where no virtual machine can run: the Pulumi CLI deploys it for real, only
 * `multipass` is a simulated one, on a host that is still booting.
 *
 *     node --test stack.test.ts
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation/index.js";
import { type ImageServer, type Simulator, startImageServer, startSimulator } from "multipass-simulator";

describe("the stack on a host that is still booting", () => {
  let sim: Simulator;
  let images: ImageServer;
  let stack: Stack;
  let folder: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "stack-test-"));
    // No network yet, so neither Multipass nor the provider can know any image.
    sim = await startSimulator({ version: "1.16.3", faults: { networkOutages: [{}] } });
    images = await startImageServer();
    images.setAvailable(false);
    stack = await LocalWorkspace.createStack(
      { stackName: "test", workDir: import.meta.dirname },
      {
        envVars: {
          MULTIPASS_BIN: sim.bin,
          PULUMI_BACKEND_URL: pathToFileURL(folder).href,
          PULUMI_CONFIG_PASSPHRASE: "test",
          // The test has a state and a ledger of its own, apart from other stacks on this computer.
          PULUMI_MULTIPASS_STATE_DIR: join(folder, "journal"),
          // The provider asks this server, not the real ones.
          PULUMI_MULTIPASS_IMAGE_SERVER: images.url,
        },
      },
    );
  });

  after(async () => {
    await sim?.close();
    await images?.close();
    rmSync(folder, { recursive: true, force: true });
    rmSync(join(import.meta.dirname, "Pulumi.test.yaml"), { force: true });
  });

  async function networkComesUp() {
    images.setAvailable(true);
    await sim.setFaults({});
  }

  it("fails when it must not wait", async () => {
    await stack.setAllConfig({ patience: { value: "1s" }, longestPause: { value: "2s" } });
    await assert.rejects(stack.up(), /this computer cannot read the image servers/);
    assert.deepEqual((await sim.world()).instances, {});
  });

  it("comes up when it may wait, with one machine and no change afterwards", async () => {
    await stack.removeConfig("patience");
    setTimeout(() => networkComesUp(), 5_000);
    const { outputs } = await stack.up();
    assert.match(outputs["ip"]?.value, /^\d+\.\d+\.\d+\.\d+$/);
    assert.deepEqual(Object.keys((await sim.world()).instances), ["web"]);
    assert.equal((await sim.instance("web").readFile("/etc/motd")).toString(), "Welcome\n");

    const { summary } = await stack.up();
    assert.deepEqual(summary.resourceChanges, { same: 2 });
  });

  it("sees drift", async () => {
    await sim.instance("web").poke({ remove: true });
    const { summary } = await stack.refresh();
    assert.equal(summary.resourceChanges?.delete, 1);
    await stack.up();
    assert.deepEqual(Object.keys((await sim.world()).instances), ["web"]);
  });

  it("goes away without a trace, and without touching anybody else's machines", async () => {
    await stack.destroy();
    assert.deepEqual((await sim.world()).instances, {});
    assert.ok((await sim.calls()).every(({ argv }) => argv[0] !== "purge"));
  });
});
