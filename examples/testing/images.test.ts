/**
 * The same stack on a host whose Multipass has no image list and gets none: the provider launches by URL, here from an image server of the
 * test's own.
 *
 *     node --test images.test.ts
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation/index.js";
import { type ImageServer, type Simulator, startImageServer, startSimulator } from "multipass-simulator";

describe("the stack on a host without an image list", () => {
  let sim: Simulator;
  let images: ImageServer;
  let stack: Stack;
  let folder: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "stack-test-"));
    // An outage of everything would be one of the test's own server, too.
    const faults = { networkOutages: [{ hosts: ["*.ubuntu.com"] }] };
    sim = await startSimulator({ version: "1.16.3", timeScale: 20, faults });
    images = await startImageServer();
    images.setAvailable(false); // true: the network is good again
    const env = { MULTIPASS_BIN: sim.bin, PULUMI_MULTIPASS_IMAGE_SERVER: images.url };
    stack = await LocalWorkspace.createStack(
      { stackName: "images", workDir: import.meta.dirname },
      {
        envVars: {
          ...env,
          PULUMI_BACKEND_URL: pathToFileURL(folder).href,
          PULUMI_CONFIG_PASSPHRASE: "test",
          PULUMI_MULTIPASS_STATE_DIR: join(folder, "journal"),
        },
      },
    );
  });

  after(async () => {
    await sim?.close();
    await images?.close();
    rmSync(folder, { recursive: true, force: true });
    rmSync(join(import.meta.dirname, "Pulumi.images.yaml"), { force: true });
  });

  it("comes up as soon as the image server can be reached", async () => {
    setTimeout(() => images.setAvailable(true), 5_000);
    await stack.up();
    const launches = (await sim.calls()).filter(({ argv }) => argv[0] === "launch");
    assert.ok(launches.at(-1)?.argv.some((word) => word.startsWith(images.url)));
    assert.deepEqual(Object.keys((await sim.world()).instances), ["web"]);
    await stack.destroy();
  });
});
