import assert from "node:assert/strict";
import { execa } from "execa";
import type { InstanceState } from "../../provider/lifecycle/instance/model.ts";
import { onSimulatedHost, ownerOf } from "../support/simulated-host.ts";

/** What a create that was cut off has left in Pulumi's state. */
const unfinished: InstanceState = {
  name: "dev",
  owner: ownerOf("dev"),
  state: "Unknown",
  ready: false,
  ipAddress: "",
  ipv4: [],
  release: "",
  imageRelease: "",
  imageHash: "",
  snapshotCount: 0,
  multipassVersion: "",
  specified: [],
};

describe("a delete", () => {
  it("leaves no machine behind that comes to be between its two looks", () =>
    onSimulatedHost({}, async ({ sim, host, delete: remove }) => {
      const since = new Date().toISOString();
      const { name, owner } = unfinished;
      await host.journal.write({ version: 1, owner, name, fingerprint: "", phase: "launching", since });
      await sim.setFaults({ imagePrepareSeconds: 20, commands: [{ command: "get", delay: 40 }] });
      const launch = execa(sim.bin, ["launch", "--name", "dev"]);
      while (!("dev" in (await sim.world()).preparing)) await new Promise((done) => setTimeout(done, 20));
      await remove(unfinished);
      await launch.catch(() => undefined);
      assert.deepEqual((await sim.world()).instances, {});
      assert.equal(await host.journal.read("dev"), undefined);
    }));

  it("that keeps a machine powers one off that does not answer, and does not wait for its shutdown", () =>
    onSimulatedHost({}, async ({ sim, create, count, delete: remove }) => {
      const { outs } = await create({ name: "dev" });
      await sim.instance("dev").poke({ state: "Unknown" });
      await remove({ ...outs, deletionPolicy: "keep", timeouts: { delete: "4m" } });
      assert.equal((await sim.world()).instances["dev"]?.deleted, true);
      assert.equal(await count("delete"), 1);
    }));
});
