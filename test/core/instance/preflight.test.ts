import assert from "node:assert/strict";
import { clone } from "../../../provider/core/clone/resource.ts";
import { argumentsOfSameInstance } from "../../../provider/core/instance/check.ts";
import type { InstanceInputs } from "../../../provider/core/instance/model.ts";
import { refusedByThisVersion } from "../../../provider/core/instance/preflight.ts";
import { UNKNOWN } from "../../../provider/core/unknown.ts";
import { coreRun } from "../../support/core-run.ts";
import { onSimulatedHost } from "../../support/simulated-host.ts";

type Args = Record<string, unknown>;

/** Arguments that a version does not support, and the words in which they are refused. */
const REFUSED: [version: string, args: Args, property: string, reason: RegExp][] = [
  [
    "1.17.0",
    { memory: "256M" },
    "memory",
    /less than the minimum of 512M of Multipass 1\.17\.0.*512M or more/,
  ],
  ["1.17.0", { disk: "600M" }, "disk", /less than the minimum of 1024M of Multipass 1\.17\.0.*1024M or more/],
  ["1.16.3", { zone: "zone1" }, "zone", /Multipass 1\.16\.3 has no availability zones.*1\.17/],
];

/**
 * Cases that need no question: every version supports them, or they are unknown yet, wrong anyway, or
 * unchanged.
 */
const UNASKED: [args: Args, olds?: Partial<InstanceInputs>][] = [
  [{}],
  [{ memory: "512M", disk: "1G" }],
  [{ memory: UNKNOWN, disk: UNKNOWN, zone: UNKNOWN }],
  [{ memory: "lots", disk: 5, zone: "" }],
  [
    { memory: "256M", disk: "600M", zone: "zone1" },
    { memory: "256M", disk: "600M", zone: "zone1" },
  ],
];

describe("a feature that the installed version lacks", () => {
  for (const [version, args, property, reason] of REFUSED) {
    it(`is refused before anything is done: ${JSON.stringify(args)} on ${version}`, () =>
      onSimulatedHost({ version }, async ({ host }) => {
        const ask = () => host.version();
        const [failure, ...more] = await refusedByThisVersion(ask, {}, args);
        assert.deepEqual([failure?.property, more], [property, []]);
        assert.match(failure?.reason ?? "", reason);
      }));
  }

  it("is checked against the previous arguments too, if the instance is replaced", () => {
    const olds = { name: "dev", owner: "urn", image: "22.04", memory: "256M" };
    assert.deepEqual(argumentsOfSameInstance(olds, { ...olds, cpus: 2 }), olds);
    assert.deepEqual(argumentsOfSameInstance(olds, { ...olds, image: "24.04" }), {});
    // It may still turn out to be the same one.
    assert.deepEqual(argumentsOfSameInstance(olds, { ...olds, image: UNKNOWN }), olds);
    assert.deepEqual(argumentsOfSameInstance({}, olds), {});
  });

  it("is checked with one call, and by the client's version alone if its daemon is away", () =>
    onSimulatedHost({ version: "1.17.0" }, async ({ host, sim }) => {
      await sim.stopDaemon();
      for (const memory of ["128M", "256M"]) {
        assert.equal((await refusedByThisVersion(() => host.version(), {}, { memory })).length, 1);
      }
      assert.deepEqual(
        (await sim.calls()).map(({ argv }) => argv[0]),
        ["version"],
      );
    }));

  it("passes on a version that supports it, and if nobody can be asked", async () => {
    await onSimulatedHost({ version: "1.16.3" }, async ({ host }) => {
      const args = { memory: "256M", disk: "600M" };
      assert.deepEqual(await refusedByThisVersion(() => host.version(), {}, args), []);
    });
    const missing = () => Promise.reject(new Error("no client"));
    assert.deepEqual(await refusedByThisVersion(missing, {}, { memory: "256M" }), []);
  });

  for (const [args, olds = {}] of UNASKED) {
    it(`is not checked needlessly: ${JSON.stringify(args)}${olds.memory ? " again" : ""}`, async () => {
      let asked = 0;
      const ask = () => {
        asked += 1;
        return Promise.reject(new Error("no client"));
      };
      assert.deepEqual(await refusedByThisVersion(ask, olds, args), []);
      assert.equal(asked, 0);
    });
  }

  it("is also refused for a clone, before its source is stopped for the copy", () =>
    onSimulatedHost({ version: "1.17.0" }, async ({ sim }) => {
      const run = coreRun();
      const small = { source: "golden", name: "web", owner: "urn", memory: "256M", multipassPath: sim.bin };
      const [failure, ...more] = (await clone.check(run, {}, small)).failures;
      assert.deepEqual([failure?.property, more], ["memory", []]);
      assert.match(failure?.reason ?? "", /less than the minimum of 512M of Multipass 1\.17\.0/);
      const calls = (await sim.calls()).length;
      // An existing clone stays, and costs no call.
      assert.deepEqual((await clone.check(run, small, { ...small, cpus: 2 })).failures, []);
      assert.deepEqual((await clone.check(run, {}, { ...small, memory: "1G" })).failures, []);
      assert.equal((await sim.calls()).length, calls);
    }));
});
