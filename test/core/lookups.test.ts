import assert from "node:assert/strict";
import { ask, lookUpInstance, lookUpInstances, refuseUnknown } from "../../provider/core/lookups.ts";
import { newMultipass } from "../../provider/core/multipass.ts";
import { systemClock } from "../../provider/driver/clock.ts";
import type { CallOptions } from "../../provider/driver/driver.ts";
import { MultipassError } from "../../provider/driver/errors.ts";
import { getImages, getInstance, getInstances, getNetworks, getVersion } from "../../provider/lookups.ts";
import { endsBefore } from "../support/ends-before.ts";
import { onSimulatedHost } from "../support/simulated-host.ts";

// cspell:ignore nmae

describe("a lookup", () => {
  it("shows one instance, or all of the host by name, including deleted ones", () =>
    onSimulatedHost({}, async ({ ctx, multipass }) => {
      multipass("launch", "--name", "web");
      multipass("launch", "--name", "db");
      multipass("delete", "db");
      const web = await lookUpInstance(ctx.multipass, "web");
      assert.equal(web.state, "Running");
      assert.match(web.ipAddress, /^\d+\.\d+/);
      assert.deepEqual([web.ipv4[0], web.snapshotCount, web.mounts], [web.ipAddress, 0, []]);
      const all = await lookUpInstances(ctx.multipass);
      assert.deepEqual(
        all.map(({ name, state, ipAddress }) => [name, state, ipAddress === ""]),
        [
          ["db", "Deleted", true],
          ["web", "Running", false],
        ],
      );
    }));

  it("of an instance that does not exist names the command that lists them", () =>
    onSimulatedHost({}, async ({ ctx }) => {
      await assert.rejects(
        lookUpInstance(ctx.multipass, "nosuch"),
        /no instance "nosuch"[\s\S]*multipass list/,
      );
    }));

  it("with a misspelt argument suggests the right one", () => {
    refuseUnknown({ name: "web", timeout: "5m" }, ["name", "timeout"]);
    assert.throws(
      () => refuseUnknown({ nmae: "web" }, ["name", "timeout"]),
      /nmae is not an argument: did you mean `name`\?/,
    );
  });

  it("respects its timeout, even if the daemon hangs", () =>
    onSimulatedHost({}, async ({ sim }) => {
      await sim.setFaults({
        commands: ["list", "find", "networks", "version"].map((command) => ({
          command,
          delay: 60,
          times: 9,
        })),
      });
      const within = { timeout: "1s", multipassPath: sim.bin };
      for (const look of [getInstances, getImages, getNetworks, getVersion]) {
        // The daemon would take 60 s.
        await endsBefore(25_000, assert.rejects(look(within), /Unable to look up the/));
      }
      // A lookup with more time that asks the same at the same moment does not extend the wait.
      let isPatient = true;
      const patient = getInstances({ ...within, timeout: "6s" })
        .catch(() => undefined)
        .finally(() => {
          isPatient = false;
        });
      await assert.rejects(getInstance({ ...within, name: "dev" }), /Unable to look up instance "dev"/);
      assert.ok(isPatient);
      await sim.setFaults({});
      await patient;
    }));

  const host = newMultipass("multipass", systemClock);

  it("retries while the host is not ready, within its timeout and only if that can help", async () => {
    const failing = (kind: "daemon-unreachable" | "access-denied", times: number) => {
      let asked = 0;
      return async () => {
        asked += 1;
        if (asked <= times)
          throw new MultipassError("No", { kind, transient: kind === "daemon-unreachable" });
        return asked;
      };
    };
    assert.equal(await ask(host, "it", "30s", failing("daemon-unreachable", 1)), 2);
    await assert.rejects(ask(host, "it", "1s", failing("daemon-unreachable", 9)), /Unable to look up it/);
    await assert.rejects(ask(host, "it", "30s", failing("access-denied", 1)), /Unable to look up it/);
    await assert.rejects(
      ask(host, "it", "soon", failing("access-denied", 0)),
      /"soon" is not a duration[\s\S]*"90s"/,
    );
  });

  it("cancels its question when its time is up", async () => {
    let signal: AbortSignal | undefined;
    const neverAnswered = (options: CallOptions) => {
      signal = options.signal;
      return new Promise<never>(() => undefined);
    };
    await assert.rejects(ask(host, "it", "1s", neverAnswered), /Unable to look up it/);
    assert.equal(signal?.aborted, true);
  });
});
