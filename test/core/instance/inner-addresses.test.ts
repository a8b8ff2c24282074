import assert from "node:assert/strict";
import { lookUpInstance } from "../../../provider/core/lookups.ts";
import { readInstance } from "../../support/operations.ts";
import { onSimulatedHost } from "../../support/simulated-host.ts";

it("An address of a network inside the guest is never the instance's own", () =>
  onSimulatedHost(
    { version: "1.16.3", faults: { guest: { innerAddresses: ["172.17.0.1"] } } },
    async ({ create, sim, ctx, host }) => {
      const { outs } = await create({ name: "vm" });
      assert.deepEqual(outs.ipv4, [outs.ipAddress, "172.17.0.1"]);
      await sim.instance("vm").poke({ ipv4: "" });
      const read = await readInstance(ctx, "vm", outs);
      assert.equal(read?.outs.ipAddress, outs.ipAddress);
      assert.equal((await lookUpInstance(host, "vm")).ipAddress, "");
    },
  ));
