import assert from "node:assert/strict";
import { updateInstance } from "../../support/operations.ts";
import { onSimulatedHost, ownerOf } from "../../support/simulated-host.ts";

it("Adding a mount to a running instance does not ask cloud-init, but runs the user's checks", () =>
  onSimulatedHost({}, async ({ create, ctx, dir, sim }) => {
    const { outs } = await create({ name: "vm" });
    const before = (await sim.calls()).length;
    const mounts = [{ source: dir, target: "/data" }];
    const readiness = { checks: [{ command: ["test", "-d", "/data"] }] };
    await updateInstance(ctx, "vm", outs, {
      name: "vm",
      owner: ownerOf("vm"),
      mounts,
      readiness,
    });
    const asked = (await sim.calls()).slice(before).filter(({ argv }) => argv[0] === "exec");
    assert.equal(asked.length, 1);
    assert.ok(!asked.some(({ argv }) => argv.includes("cloud-init")));
  }));
