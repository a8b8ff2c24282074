import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { newMultipass } from "../../provider/core/multipass.ts";
import { systemClock } from "../../provider/core/operation/clock.ts";
import { startImageServer } from "../../simulator/src/index.ts";
import { createInstance } from "../support/operations.ts";
import { onSimulatedHost, ownerOf } from "../support/simulated-host.ts";

const said = (error: unknown) => String((error as Error).message);

describe("a launch", () => {
  it("is not recorded before somebody has seen that the name is free: the record makes what is there ours", () =>
    onSimulatedHost({}, async (subject) => {
      await execa(subject.sim.bin, ["launch", "--name", "dev"]);
      // The version is known, and then the daemon goes.
      await subject.host.version();
      await subject.sim.stopDaemon();
      const error = await subject.create({ name: "dev", timeouts: { create: "30s" } }).catch((e) => e);
      assert.match(said(error), /Unable to launch/);
      assert.equal(await subject.host.ledger.journal.read("dev"), undefined);
      await subject.sim.startDaemon();
      const again = await subject.create({ name: "dev" }).catch((e) => e);
      assert.match(said(again), /exists already[\s\S]*adopt: true/);
    }));

  it("does not wait for the image list to say that the name is taken", () =>
    onSimulatedHost({ faults: { networkAt: "9h" } }, async (subject) => {
      const image = join(subject.dir, "a.img");
      writeFileSync(image, "an image");
      await execa(subject.sim.bin, ["launch", "--name", "dev", `file://${image}`]);
      const error = await subject.create({ name: "dev" }).catch((e) => e);
      assert.match(said(error), /exists already[\s\S]*adopt: true/);
      assert.ok((await subject.callsOf("dev")).filter(({ argv }) => argv[0] === "launch").length <= 3);
    }));

  it("of one name by two processes is made by one of them; the other is told, and launches nothing", () =>
    onSimulatedHost({ faults: { imageDownloadSeconds: 100 } }, async (subject) => {
      const processes = ["a", "b"].map((who) => {
        const ctx = subject.context();
        const multipass = newMultipass(ctx.multipass.driver.client, ctx.clock, ctx.multipass.computer);
        return createInstance({ ...ctx, multipass }, { name: "dev", owner: ownerOf(who) });
      });
      const outcomes = await Promise.allSettled(processes);
      const refused = outcomes.flatMap((one) => (one.status === "rejected" ? [said(one.reason)] : []));
      assert.equal(refused.length, 1, refused.join());
      assert.match(refused[0] ?? "", /is launching an instance of that name/);
      assert.equal((await subject.sim.calls()).filter(({ argv }) => argv[0] === "launch").length, 1);
    }));

  it("is tried once more where what was downloaded is not what the server's list says, and not for ever", () =>
    onSimulatedHost(
      {
        faults: { commands: [{ command: "launch", text: "Downloaded image hash does not match", times: 9 }] },
      },
      async (subject) => {
        const error = await subject.create({ name: "dev" }).catch((e) => e);
        assert.match(said(error), /Downloaded image hash does not match/);
        const launches = (await subject.sim.calls()).filter(({ argv }) => argv[0] === "launch");
        assert.equal(launches.length, 2);
      },
    ));

  it("of an image of another publisher is tried again: the daemon does not tell that it could not fetch their list", async () => {
    const text = 'Unable to find an image matching "debian" in remote "".';
    const commands = [{ command: "launch", text, times: 2 }];
    await onSimulatedHost({ version: "1.17.0", faults: { commands } }, async (subject) => {
      assert.equal((await subject.create({ name: "dev", image: "debian" })).outs.state, "Running");
    });
    // Earlier versions have no such images; and a name that nobody knows is wrong for good.
    await onSimulatedHost({ version: "1.16.3", faults: { commands } }, async (subject) => {
      const error = await subject.create({ name: "dev", image: "debian" }).catch((e) => e);
      assert.match(said(error), /Unable to find an image/);
      assert.equal((await subject.sim.calls()).filter(({ argv }) => argv[0] === "launch").length, 1);
    });
  });

  it("ends when its time is over, also while a service is restarted for it", () =>
    onSimulatedHost({ version: "1.16.3", faults: { networkAt: "9h" } }, async (subject) => {
      const server = await startImageServer();
      try {
        const started = performance.now();
        const error = await subject
          .create({
            name: "dev",
            timeouts: { create: "60s" },
            remedies: {
              directImage: false,
              imageServers: { release: `${server.url}/releases/`, daily: `${server.url}/daily/` },
              restartDaemon: "always",
              restartCommand: ["sleep", "30"],
            },
          })
          .catch((e) => e);
        assert.match(said(error), /Unable to launch instance "dev"/);
        assert.ok(performance.now() - started < 25_000);
      } finally {
        await server.close();
      }
    }));

  it("that only a daemon with an image list can make holds back none that can be made by URL", () =>
    onSimulatedHost(
      // One server that is away is enough for the daemon to have no list at all.
      { version: "1.17.0", timeScale: 50, faults: { networkOutages: [{ hosts: ["cdimage.ubuntu.com"] }] } },
      async ({ ctx }) => {
        const server = await startImageServer();
        try {
          const create = (name: string, image: string) =>
            createInstance(ctx, {
              name,
              image,
              owner: ownerOf(name),
              timeouts: { create: "10m" },
              remedies: {
                imageServers: { release: `${server.url}/releases/`, daily: `${server.url}/daily/` },
              },
            }).then(
              () => `${name} is there`,
              (error) => said(error),
            );
          const core = create("core", "core:core24");
          await ctx.clock.sleep(20_000);
          assert.equal(await Promise.race([core, create("noble", "24.04")]), "noble is there");
          assert.match(await core, /Unable to launch instance "core"/);
        } finally {
          await server.close();
        }
      },
    ));
});

describe("what a launch that was cut off may have left in the daemon", () => {
  const before = 'prepared an earlier instance "dev" with another image';

  it("is named where the whole host died", () =>
    onSimulatedHost({}, async (subject) => {
      const { journal } = subject.host.ledger;
      await journal.write({
        version: 1,
        owner: ownerOf("dev"),
        name: "dev",
        fingerprint: "of another image",
        phase: "launching",
        since: new Date(0).toISOString(),
        launch: { pid: process.pid, startedAt: 0, folder: journal.newLaunchFolder("dev") },
      });
      await subject.create({ name: "dev" });
      assert.ok(subject.said.join("\n").includes(before), subject.said.join("\n"));
    }));
});

describe("a machine that dies of every start", () => {
  it("is started ever more seldom", () =>
    onSimulatedHost(
      {
        faults: {
          launches: [{ phase: "H", times: 99 }],
          commands: [{ command: "start", text: "Instance shutdown during start", times: 999 }],
        },
      },
      async (subject) => {
        const error = await subject.create({ name: "dev", timeouts: { create: "10m" } }).catch((e) => e);
        assert.match(said(error), /shutdown during start/);
        const starts = (await subject.sim.calls()).filter(({ argv }) => argv[0] === "start").length;
        // 5 s, 15 s, 45 s, then every minute; every five seconds it would be a hundred.
        assert.ok(starts >= 3 && starts <= 20, `${starts}`);
      },
    ));
});

describe("a guest whose cloud-init nobody waits for", () => {
  it("counts as ready when a command can be run in it", () =>
    onSimulatedHost(
      {
        faults: {
          commands: [{ command: "exec", text: "ssh connection failed: 'Connection refused'", times: 2 }],
        },
      },
      async (subject) => {
        const { outs } = await subject.create({ name: "dev", readiness: { cloudInit: "skip" } });
        assert.equal(outs.ready, true);
        const execs = (await subject.sim.calls()).filter(({ argv }) => argv[0] === "exec");
        assert.equal(execs.length, 3);
      },
    ));
});

describe("the host", () => {
  it("tells the mirror that the daemon is told to use", () =>
    onSimulatedHost({}, async ({ ctx: { multipass, clock }, multipass: client }) => {
      assert.equal(await multipass.mirror(), undefined);
      client("set", "local.image.mirror=https://mirror.example/ubuntu");
      const another = newMultipass(multipass.driver.client, clock, multipass.computer);
      await clock.sleep(60_000);
      assert.equal(await another.mirror(), "https://mirror.example/ubuntu/");
    }));

  it("asks again for the mirror where it was told nothing of it, and where it has changed it", () =>
    onSimulatedHost({}, async ({ ctx: { multipass, clock, signal }, sim }) => {
      const refusals = [
        "multipass socket access denied",
        "The client is not authenticated with the Multipass service.",
        "the moon is in the wrong phase",
      ];
      await sim.setFaults({ commands: refusals.map((text) => ({ command: "get", text })) });
      for (const text of refusals) await assert.rejects(multipass.mirror(), new RegExp(text));
      await assert.rejects(multipass.mirror({ signal: AbortSignal.abort() }), /cancelled/);
      assert.equal(await multipass.mirror(), undefined);
      await multipass.driver.set("local.image.mirror", "https://mirror.example/");
      await clock.sleep(60_000, signal);
      assert.equal(await multipass.mirror(), "https://mirror.example/");
    }));

  it("has no mirror where its version knows of none, and is asked once", () =>
    onSimulatedHost({}, async ({ ctx: { multipass }, sim, count }) => {
      const text = "Unrecognized settings key: 'local.image.mirror'";
      await sim.setFaults({ commands: [{ command: "get", text, times: 9 }] });
      assert.deepEqual([await multipass.mirror(), await multipass.mirror()], [undefined, undefined]);
      assert.equal(await count("get"), 1);
    }));

  it("says that its Multipass is too old, before anything else fails of it", async () => {
    const dir = mkdtempSync(join(tmpdir(), "multipass-old-"));
    try {
      const client = join(dir, "multipass");
      writeFileSync(client, `#!/bin/sh\necho '{"multipass":"1.12.2","multipassd":"1.12.2"}'\n`);
      chmodSync(client, 0o755);
      await assert.rejects(newMultipass(client, systemClock).version(), /1\.12\.2[\s\S]*1\.13\.0 or newer/);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
