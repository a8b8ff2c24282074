import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { changesBetween } from "../../../provider/core/instance/changes.ts";
import { checkInstance } from "../../../provider/core/instance/check.ts";
import type { InstanceInputs, InstanceState } from "../../../provider/core/instance/model.ts";
import { UNKNOWN } from "../../../provider/core/unknown.ts";
import { commandOf, deedsSince } from "../../support/calls-since.ts";
import { createInstance, readInstance, updateInstance } from "../../support/operations.ts";
import { onSimulatedHost, ownerOf } from "../../support/simulated-host.ts";
import { until } from "../../support/until.ts";

const inputsOf = (more: Partial<InstanceInputs> = {}): InstanceInputs => ({
  name: "dev",
  owner: ownerOf("dev"),
  ...more,
});

describe("an instance belongs to one resource", () => {
  it("even if two with one name are created at once", () =>
    onSimulatedHost({}, async (subject) => {
      const outcomes = await Promise.allSettled(
        ["a", "b"].map((who) => createInstance(subject.context(), inputsOf({ owner: ownerOf(who) }))),
      );
      assert.deepEqual(outcomes.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
      const [refused] = outcomes.filter((outcome) => outcome.status === "rejected");
      assert.match(String(refused?.reason), /is creating an instance of the same name[\s\S]*its own name/);
    }));

  it("even for a user without this host's journal, once it was seen", () =>
    onSimulatedHost({ faults: { guest: { cloudInit: "error" } } }, async (subject) => {
      const error = await subject.create({ name: "dev" }).catch((e) => e);
      assert.equal(error.name, "InitializationError");
      await subject.journal.remove("dev");
      const read = await readInstance(subject.context(), "dev", error.outs);
      assert.equal(read?.outs.name, "dev");
    }));

  it("even if Pulumi's `aliases` rename that resource before its create is finished", () =>
    onSimulatedHost({ faults: { guest: { bootSeconds: 30 } } }, async (subject) => {
      const end = new AbortController();
      const work = createInstance(subject.context(end.signal), inputsOf()).catch((e) => e);
      await until(async () => "dev" in (await subject.sim.world()).instances);
      end.abort();
      const { outs } = await work;
      const news = inputsOf({ owner: ownerOf("renamed") });
      const updated = await updateInstance(subject.context(), "dev", outs, news);
      assert.deepEqual([updated.ready, updated.state], [true, "Running"]);
      assert.equal(await subject.count("launch"), 1);
      assert.equal((await subject.journal.read("dev"))?.owner, news.owner);
    }));

  it("until Pulumi releases it: then it has to be adopted like any other", () =>
    onSimulatedHost({}, async (subject) => {
      await subject.create({ name: "dev" });
      // Cut off before Pulumi had written anything: the next create continues with it.
      await subject.create({ name: "dev" });
      await subject.host.ledger.acknowledge("dev", ownerOf("dev"));
      await assert.rejects(subject.create({ name: "dev" }), /already exists[\s\S]*adopt: true/);
      assert.equal((await subject.create({ name: "dev", adopt: true })).outs.state, "Running");
    }));
});

describe("one instance does not affect others", () => {
  it("with an image URL of its own that does not work", () =>
    onSimulatedHost({ faults: { networkOutages: [{ hosts: ["nowhere.example"] }] } }, async (subject) => {
      const bad = subject
        .create({ name: "bad", image: "https://nowhere.example/x.img", timeouts: { create: "2m" } })
        .catch((error) => error);
      const { outs } = await subject.create({ name: "good", timeouts: { create: "5m" } });
      assert.equal(outs.state, "Running");
      assert.match(String(await bad), /Unable to launch instance "bad"[\s\S]*nowhere\.example/);
    }));
});

describe("an adopted instance", () => {
  it("is left alone if it is as requested: stopped stays stopped", () =>
    onSimulatedHost({}, async (subject) => {
      await execa(subject.sim.bin, ["launch", "--name", "dev", "--cpus", "3"]);
      await execa(subject.sim.bin, ["stop", "dev"]);
      const done = deedsSince(subject.sim);
      await done();
      const { outs } = await subject.create({ name: "dev", adopt: true, powerState: "stopped" });
      assert.deepEqual(await done(), []);
      assert.equal(outs.state, "Stopped");
      assert.equal(outs.cpus, 3);
    }));

  it("that was lost and created again counts as created here", () =>
    onSimulatedHost({}, async (subject) => {
      subject.multipass("launch", "--name", "dev");
      await subject.sim.setFaults({ guest: { cloudInit: "error" } });
      const error = await subject.create({ name: "dev", adopt: true }).catch((e) => e);
      assert.equal(error.outs.adopted, true);
      subject.multipass("delete", "--purge", "dev");
      await subject.sim.setFaults({});
      const news = inputsOf({ adopt: true });
      const outs = await updateInstance(subject.context(), "dev", error.outs, news);
      assert.deepEqual([outs.ready, outs.adopted], [true, undefined]);
      assert.deepEqual(changesBetween(outs, { ...news, image: "22.04" }), { image: "replace" });
    }));

  it("is recovered first if it was unfinished and deleted", () =>
    onSimulatedHost({ faults: { guest: { cloudInit: "error" } } }, async (subject) => {
      const { outs } = await subject.create({ name: "dev", cpus: 1 }).catch((error) => error);
      await execa(subject.sim.bin, ["delete", "dev"]);
      const accepted = inputsOf({ cpus: 2, readiness: { cloudInit: "finished" } });
      const updated = await updateInstance(subject.context(), "dev", outs, accepted);
      assert.deepEqual([updated.state, updated.cpus], ["Running", 2]);
    }));
});

describe("an update", () => {
  it("removes an argument from the state that was removed from the program", () =>
    onSimulatedHost({}, async (subject) => {
      const { outs } = await subject.create({
        name: "dev",
        deletionPolicy: "keep",
        powerState: "running",
        readiness: { degraded: "fail" },
      });
      const news = inputsOf({ timeouts: { create: "20m" } });
      const updated = await updateInstance(subject.context(), "dev", outs, news);
      assert.equal(updated.deletionPolicy, undefined);
      assert.deepEqual(changesBetween(updated, news), {});
    }));

  it("refuses what the installed version does not support before it stops the instance", () =>
    onSimulatedHost({ version: "1.17.0" }, async (subject) => {
      const { outs } = await subject.create({ name: "dev", memory: "1G" });
      const done = deedsSince(subject.sim);
      await done();
      const error = await updateInstance(
        subject.context(),
        "dev",
        outs,
        inputsOf({ memory: "256M", powerState: "stopped" }),
      ).catch((failure) => failure);
      assert.match(String(error), /memory is less than the minimum of 512M/);
      // Nothing was done, so nothing is recorded: the instance is unchanged.
      assert.equal(error.name, "MultipassError");
      assert.deepEqual(await done(), []);
    }));

  it("still accepts an instance that is smaller than a newer version would create", async () => {
    const dir = mkdtempSync(join(tmpdir(), "multipass-upgrade-"));
    try {
      const small = { name: "dev", memory: "256M", cpus: 1 };
      let state: InstanceState | undefined;
      await onSimulatedHost({ dir, version: "1.16.3" }, async (subject) => {
        state = (await subject.create(small)).outs;
      });
      await onSimulatedHost({ dir, version: "1.17.0" }, async (subject) => {
        const news = inputsOf({ ...small, cpus: 2 });
        const outs = await updateInstance(subject.context(), "dev", state as InstanceState, news);
        assert.deepEqual([outs.cpus, outs.memory, outs.state], [2, "256M", "Running"]);
      });
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });

  it("restores the instance when a change is refused permanently", () =>
    onSimulatedHost({}, async (subject) => {
      const { outs } = await subject.create({ name: "dev", cpus: 1 });
      await subject.sim.setFaults({ commands: [{ command: "set", text: "Invalid setting", times: 1 }] });
      await assert.rejects(
        updateInstance(subject.context(), "dev", outs, inputsOf({ cpus: 2 })),
        /Invalid setting/,
      );
      assert.equal((await subject.sim.world()).instances["dev"]?.state, "Running");
    }));

  it("turns a classic mount into a native one with a restart, unless restarts are forbidden", () =>
    onSimulatedHost({}, async (subject) => {
      const mount = { source: subject.dir, target: "/mnt/x" };
      const { outs } = await subject.create({ name: "dev", mounts: [mount] });
      const native = inputsOf({ mounts: [{ ...mount, type: "native" }] });
      const done = deedsSince(subject.sim);
      await done();
      await assert.rejects(
        updateInstance(subject.context(), "dev", outs, { ...native, allowRestart: false }),
        /allowRestart/,
      );
      assert.deepEqual(await done(), []);
      await updateInstance(subject.context(), "dev", outs, native);
      assert.deepEqual((await done()).map(commandOf), ["stop", "umount", "mount", "start"]);
    }));
});

describe("a create", () => {
  it("with a native mount ends with a running instance", () =>
    onSimulatedHost({}, async (subject) => {
      const { outs } = await subject.create({
        name: "dev",
        mounts: [{ source: subject.dir, target: "/mnt/x", type: "native" }],
        readiness: { cloudInit: "skip" },
      });
      assert.equal(outs.state, "Running");
      assert.notEqual(outs.ipAddress, "");
    }));

  it("does not mistake a running, degraded cloud-init for a finished one", () =>
    onSimulatedHost(
      {
        faults: {
          guestCommands: [
            {
              match: "cloud-init status",
              stdout:
                '{"status":"running","extended_status":"degraded running","detail":"modules","errors":[]}',
              times: 2,
            },
          ],
        },
      },
      async (subject) => {
        await subject.create({ name: "dev" });
        assert.ok(subject.said.some((line) => /waiting for cloud-init: scripts_user/.test(line)));
      },
    ));

  it("powers off an instance that does not answer for five minutes, and starts it again with time to spare", () =>
    onSimulatedHost({ faults: { launches: [{ phase: "I", after: "1200s" }] } }, async (subject) => {
      const { outs } = await subject.create({ name: "dev", timeouts: { create: "30m" } });
      assert.equal(outs.state, "Running");
      assert.ok(subject.said.some((line) => /has not answered for 5m/.test(line)));
    })).timeout(120_000);
});

describe("a preview", () => {
  it("has a verdict on mounts that are not known yet", () => {
    const state = { ...inputsOf(), state: "Running", ready: true } as InstanceState;
    assert.deepEqual(changesBetween(state, inputsOf({ mounts: UNKNOWN as never })), { mounts: "live" });
  });

  it("refuses a replacement under a name that the kept instance would still have", () => {
    const olds = inputsOf({ image: "22.04", deletionPolicy: "keep" });
    const [failure] = checkInstance(olds, { ...olds, image: "24.04" }).failures;
    assert.equal(failure?.property, "image");
    assert.match(failure?.reason ?? "", /keeps its name[\s\S]*deletionPolicy: "purge"/);
  });
});
