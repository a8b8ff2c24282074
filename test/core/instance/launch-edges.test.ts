import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { newMultipass } from "../../../provider/core/multipass.ts";
import { systemClock } from "../../../provider/driver/clock.ts";
import { startImageServer } from "../../../simulator/src/index.ts";
import { createInstance } from "../../support/operations.ts";
import { onSimulatedHost, ownerOf } from "../../support/simulated-host.ts";

const said = (error: unknown) => String((error as Error).message);

describe("a launch", () => {
  it("is only recorded after the name was seen to be free, because the record makes an existing instance ours", () =>
    onSimulatedHost({}, async (subject) => {
      await execa(subject.sim.bin, ["launch", "--name", "dev"]);
      // The daemon goes away after the version is known.
      await subject.host.version();
      await subject.sim.stopDaemon();
      const error = await subject.create({ name: "dev", timeouts: { create: "30s" } }).catch((e) => e);
      assert.match(said(error), /Unable to launch/);
      assert.equal(await subject.journal.read("dev"), undefined);
      await subject.sim.startDaemon();
      const again = await subject.create({ name: "dev" }).catch((e) => e);
      assert.match(said(again), /already exists[\s\S]*adopt: true/);
    }));

  it("reports a taken name without waiting for the image list", () =>
    onSimulatedHost({ faults: { networkAt: "9h" } }, async (subject) => {
      const image = join(subject.dir, "a.img");
      writeFileSync(image, "an image");
      await execa(subject.sim.bin, ["launch", "--name", "dev", `file://${image}`]);
      const error = await subject.create({ name: "dev" }).catch((e) => e);
      assert.match(said(error), /already exists[\s\S]*adopt: true/);
      assert.ok((await subject.callsOf("dev")).filter(({ argv }) => argv[0] === "launch").length <= 3);
    }));

  it("of one name by two processes succeeds in one; the other is told, and launches nothing", () =>
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

  it("is retried once if the download does not match the server's list", () =>
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

  it("of another publisher's image is retried, because the daemon does not report that it could not fetch their list", async () => {
    const text = 'Unable to find an image matching "debian" in remote "".';
    const commands = [{ command: "launch", text, times: 2 }];
    await onSimulatedHost({ version: "1.17.0", faults: { commands } }, async (subject) => {
      assert.equal((await subject.create({ name: "dev", image: "debian" })).outs.state, "Running");
    });
    // Earlier versions have no such images, and an unknown name is a permanent error.
    await onSimulatedHost({ version: "1.16.3", faults: { commands } }, async (subject) => {
      const error = await subject.create({ name: "dev", image: "debian" }).catch((e) => e);
      assert.match(said(error), /Unable to find an image/);
      assert.equal((await subject.sim.calls()).filter(({ argv }) => argv[0] === "launch").length, 1);
    });
  });

  it("ends when its time is up, even during the restart of a service", () =>
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

  it("that needs the daemon's image list does not delay one that is possible by URL", () =>
    onSimulatedHost(
      // One unreachable server is enough to leave the daemon without any list.
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

describe("leftovers in the daemon of a launch that was cut off", () => {
  const before = 'prepared an earlier instance "dev" with another image';

  it("are reported if the whole host died", () =>
    onSimulatedHost({}, async (subject) => {
      const { journal } = subject;
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

describe("an instance that dies at every start", () => {
  it("is started at growing intervals", () =>
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
        // Pauses are 5 s, 15 s, 45 s, then a minute; a retry every five seconds would start it a hundred
        // times.
        assert.ok(starts >= 3 && starts <= 20, `${starts}`);
      },
    ));
});

describe("a guest without a wait for cloud-init", () => {
  it("counts as ready when it can run a command", () =>
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
  it("knows the mirror set in the daemon", () =>
    onSimulatedHost({}, async ({ ctx: { multipass, clock }, multipass: client }) => {
      assert.equal(await multipass.mirror(), undefined);
      client("set", "local.image.mirror=https://mirror.example/ubuntu");
      const another = newMultipass(multipass.driver.client, clock, multipass.computer);
      await clock.sleep(60_000);
      assert.equal(await another.mirror(), "https://mirror.example/ubuntu/");
    }));

  it("is asked again for the mirror if it did not answer, or if we have changed it", () =>
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

  it("has no mirror if its version does not support one, and is asked once", () =>
    onSimulatedHost({}, async ({ ctx: { multipass }, sim, count }) => {
      const text = "Unrecognized settings key: 'local.image.mirror'";
      await sim.setFaults({ commands: [{ command: "get", text, times: 9 }] });
      assert.deepEqual([await multipass.mirror(), await multipass.mirror()], [undefined, undefined]);
      assert.equal(await count("get"), 1);
    }));

  it("reports a Multipass that is too old before anything fails because of it", async () => {
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
