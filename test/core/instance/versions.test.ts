import assert from "node:assert/strict";
import { onSimulatedHost } from "../../support/simulated-host.ts";

describe("an instance that the installed version cannot create", () => {
  const cases: [version: string, args: object, reason: RegExp][] = [
    ["1.17.0", { memory: "256M" }, /memory is less than the minimum of 512M of Multipass 1\.17\.0/],
    ["1.17.0", { disk: "512M" }, /disk is less than the minimum of 1024M/],
    [
      "1.16.3",
      { zone: "zone1" },
      /zone is not supported: Multipass 1\.16\.3 has no availability zones[\s\S]*1\.17/,
    ],
  ];
  for (const [version, args, reason] of cases) {
    it(`is refused before anything is launched: ${JSON.stringify(args)} on ${version}`, () =>
      onSimulatedHost({ version }, async ({ create, sim }) => {
        await assert.rejects(create({ name: "dev", ...args }), reason);
        assert.equal((await sim.calls()).filter(({ argv }) => argv[0] === "launch").length, 0);
      }));
  }

  it("is created if an older version has a smaller minimum", () =>
    onSimulatedHost({ version: "1.16.3" }, async ({ create }) => {
      assert.equal((await create({ name: "dev", memory: "256M" })).outs.state, "Running");
    }));
});
