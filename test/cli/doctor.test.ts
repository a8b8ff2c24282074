import assert from "node:assert/strict";
import {
  type ImageServer,
  type Simulator,
  type SimulatorOptions,
  startImageServer,
  startSimulator,
} from "../../provider/testing/index.ts";
import { run, until } from "../testing/run.ts";
import { beginCommand, command, hostEnv, OFFLINE } from "./command.ts";

interface Report {
  ready: boolean;
  readyByUrl: boolean;
  transient: boolean;
  exitCode: number;
  bootRace: { daemonAge: number | null; nextTryIn: number | null; atMost: number } | null;
  checks: { id: string; status: string; detail: string; hint?: string; kind?: string; transient?: boolean }[];
  remedies: { action: string; done: boolean; detail: string }[];
}

async function doctorJson(env: Record<string, string>, ...args: string[]) {
  const { code, stdout, stderr } = await command(["doctor", "--json", ...args], env);
  assert.notEqual(stdout, "", stderr);
  const report = JSON.parse(stdout) as Report;
  assert.equal(report.exitCode, code);
  const check = (id: string) => report.checks.find((one) => one.id === id) ?? assert.fail(`no check ${id}`);
  return { report, code, stderr, check };
}

/** Brings the daemon into the state in which it has no list and does not know that it should fetch one. */
async function emptyList(simulator: Simulator): Promise<void> {
  await until(async () => (await simulator.world()).imageList.status === "good");
  await simulator.setFaults({ networkOutages: [{}] });
  await run(simulator.bin, ["find", "--force-update"]);
}

describe("pulumi-multipass doctor", () => {
  let images: ImageServer;
  before(async () => {
    images = await startImageServer();
  });
  after(() => images.close());

  async function onHost(
    options: SimulatorOptions,
    use: (env: Record<string, string>, simulator: Simulator) => Promise<void>,
    server = images.url,
  ) {
    await using simulator = await startSimulator(options);
    await use(hostEnv(simulator, server), simulator);
  }

  it("finds a healthy host ready, and creates nothing", () =>
    onHost({}, async (env, simulator) => {
      const { code, stdout } = await command(["doctor"], env);
      assert.equal(code, 0, stdout);
      assert.match(stdout, /✓ Multipass client +\S+multipass\n/);
      assert.match(stdout, /✓ Version +1\.17\.0\n/);
      assert.match(stdout, /✓ Image list in the daemon +\d+ images\n/);
      assert.match(stdout, /Ready: a launch would work\.\n$/);
      assert.doesNotMatch(stdout, /\x1b/);
      const asked = new Set((await simulator.calls()).map(({ argv }) => argv[0]));
      assert.deepEqual([...asked].sort(), ["find", "get", "list", "networks", "version"]);
    }));

  it("colours its table when told to", () =>
    onHost({}, async (env) => {
      const { stdout } = await command(["doctor"], { ...env, FORCE_COLOR: "1" });
      assert.match(stdout, /\x1b\[32m✓/);
    }));

  it("says where it looked for a client that is not there", async () => {
    const { report, code, check } = await doctorJson({ MULTIPASS_BIN: "/nonexistent/multipass" });
    assert.equal(code, 1);
    assert.equal(check("client").kind, "client-missing");
    assert.match(check("client").detail, /MULTIPASS_BIN names \/nonexistent\/multipass/);
    assert.equal(check("daemon").status, "skip");
    assert.equal(report.transient, false);
  });

  it("waits for nothing and says so while the daemon is away", () =>
    onHost({ faults: { socketAt: "1h" } }, async (env) => {
      const { code, check } = await doctorJson(env);
      assert.equal(code, 3);
      assert.equal(check("daemon").kind, "daemon-unreachable");
      assert.equal(check("port-53").status, "ok");
    }));

  it("tells a daemon that has never run from one that is away", () =>
    onHost({ faults: { daemonNeverRan: true } }, async (env) => {
      const { code, check } = await doctorJson(env);
      assert.equal(code, 3);
      assert.equal(check("daemon").kind, "daemon-initialising");
    }));

  for (const [fault, kind] of [
    ["accessDenied", "access-denied"],
    ["unauthenticated", "unauthenticated"],
  ] as const) {
    it(`finds a closed door: ${kind}`, () =>
      onHost({ faults: { [fault]: true } }, async (env) => {
        const { code, check } = await doctorJson(env);
        assert.equal(code, 1);
        assert.equal(check("daemon").status, "ok");
        assert.equal(check("authorised").kind, kind);
        assert.ok(check("authorised").hint);
      }));
  }

  it("finds a hypervisor that does not work", () =>
    onHost({ faults: { hypervisor: "KVM support is not enabled on this machine." } }, async (env) => {
      const { code, check } = await doctorJson(env);
      assert.equal(code, 1);
      assert.equal(check("hypervisor").kind, "hypervisor");
    }));

  it("refuses a version that is too old, and warns of a bad one", async () => {
    await onHost({ version: "1.12.2" }, async (env) => {
      const { code, check } = await doctorJson(env);
      assert.equal(code, 1);
      assert.match(check("version").detail, /1\.12\.2 is older than 1\.13\.0/);
    });
    await onHost({ version: "1.14.0" }, async (env) => {
      const { code, check } = await doctorJson(env);
      assert.equal(code, 0);
      assert.equal(check("version").status, "warn");
      assert.match(check("version").detail, /canonical\/multipass#3680/);
    });
  });

  for (const version of ["1.16.3", "1.17.0"]) {
    it(`${version}: recognises the race at boot, and says how long it lasts`, () =>
      onHost({ version, faults: { networkAt: "1h" } }, async (env) => {
        const { report, code, check } = await doctorJson(env);
        assert.equal(code, 3);
        assert.equal(check("image-index").status, "ok");
        assert.equal(check("image-list").status, "fail");
        assert.deepEqual([report.ready, report.readyByUrl], [false, true]);
        assert.ok(report.bootRace);
        const { daemonAge, nextTryIn } = report.bootRace;
        assert.ok(daemonAge !== null && daemonAge < 30, `${daemonAge}`);
        assert.ok(nextTryIn !== null && nextTryIn <= 20, `${nextTryIn}`);
        assert.equal((await doctorJson(env, "--direct")).code, 0);
        const { stdout } = await command(["doctor"], env);
        assert.match(stdout, /race at a host's boot/);
        assert.match(stdout, /`pulumi up` would work/);
      }));
  }

  it("does not take an offline host for the race", () =>
    onHost(
      { faults: { networkAt: "1h" } },
      async (env) => {
        const { report, code, check } = await doctorJson(env);
        assert.equal(code, 3);
        assert.equal(check("image-index").kind, "download-failed");
        assert.equal(report.bootRace, null);
        assert.equal(report.readyByUrl, false);
        assert.equal((await doctorJson(env, "--direct")).code, 3);
      },
      OFFLINE,
    ));

  it("is content with a daemon that has its list, though this host cannot read the servers", () =>
    onHost(
      {},
      async (env) => {
        const { code, check } = await doctorJson(env);
        assert.equal(check("image-index").status, "fail");
        assert.equal(code, 0);
      },
      OFFLINE,
    ));

  it("is not deceived by a daemon that answers with an empty list", () =>
    onHost({ version: "1.16.3" }, async (env, simulator) => {
      await emptyList(simulator);
      const { code, check } = await doctorJson(env);
      assert.equal(check("image-list").kind, "images-unreachable");
      assert.equal(code, 3);
    }));

  describe("--wait", () => {
    for (const version of ["1.13.1", "1.16.3", "1.17.0"]) {
      it(`${version}: ends as soon as a launch would work`, () =>
        onHost(
          { version, timeScale: 10, faults: { socketAt: "60s", networkAt: "150s" } },
          async (env, simulator) => {
            const { code, stderr } = await command(["doctor", "--wait", "--timeout", "1m"], env);
            assert.equal(code, 0, stderr);
            assert.match(stderr, /^waiting for: /m);
            assert.equal((await simulator.world()).imageList.status, "good");
          },
        ));
    }

    it("gives up after its timeout", () =>
      onHost(
        { faults: { networkAt: "1h" } },
        async (env) => {
          const { code, stdout, stderr } = await command(["doctor", "--wait", "--timeout", "3s"], env);
          assert.equal(code, 4);
          assert.match(stdout, /Not ready in time/);
          assert.match(stderr, /Gave up waiting after 3s\./);
        },
        OFFLINE,
      ));

    it("does not wait for what does not come by itself", () =>
      onHost({ faults: { accessDenied: true } }, async (env) => {
        const { code, milliseconds } = await command(["doctor", "--wait"], env);
        assert.equal(code, 1);
        assert.ok(milliseconds < 20_000);
      }));

    it("ends at once on a signal", () =>
      onHost({ faults: { socketAt: "1h" } }, async (env) => {
        const { child, done } = beginCommand(["doctor", "--wait"], env);
        let said = "";
        child.stderr?.on("data", (chunk) => {
          said += chunk;
        });
        await until(() => said.includes("waiting for"), 20_000);
        child.kill("SIGTERM");
        assert.equal((await done).code, 143);
      }));
  });

  describe("--fix", () => {
    it("has a list filled that an earlier update has left empty", () =>
      onHost({ version: "1.16.3" }, async (env, simulator) => {
        await emptyList(simulator);
        await simulator.setFaults({});
        assert.equal((await doctorJson(env)).report.bootRace, null);
        const { report, code } = await doctorJson(env, "--fix");
        assert.deepEqual(
          report.remedies.map(({ action, done }) => [action, done]),
          [["force-update", true]],
        );
        assert.equal(code, 0);
      }));

    it("1.16: asks once, and says what came of it", () =>
      onHost({ version: "1.16.3", faults: { networkAt: "1h" } }, async (env, simulator) => {
        await until(async () => (await simulator.world()).imageList.status === "failed");
        const { report, code } = await doctorJson(env, "--fix");
        assert.match(
          report.remedies[0]?.detail ?? "",
          /`multipass find --force-update` failed: failed to download/,
        );
        assert.equal(code, 3);
        const forced = (await simulator.calls()).filter(({ argv }) => argv.includes("--force-update"));
        assert.equal(forced.length, 1);
      }));

    it("1.17: knows that asking does not help, and says so", () =>
      onHost({ faults: { networkAt: "1h" } }, async (env, simulator) => {
        const { report } = await doctorJson(env, "--fix");
        assert.deepEqual(
          report.remedies.map(({ done }) => done),
          [false],
        );
        assert.match(report.remedies[0]?.detail ?? "", /with its last error, without trying/);
        assert.ok((await simulator.calls()).every(({ argv }) => !argv.includes("--force-update")));
      }));

    it("never asks while the host is offline", () =>
      onHost(
        { version: "1.16.3", faults: { networkAt: "1h" } },
        async (env, simulator) => {
          const { report } = await doctorJson(env, "--fix=restart", "--restart-command", "exit 7");
          assert.deepEqual(
            report.remedies.map(({ done }) => done),
            [false, false],
          );
          assert.ok((await simulator.calls()).every(({ argv }) => !argv.includes("--force-update")));
        },
        OFFLINE,
      ));

    it("restarts the daemon only when told to", () =>
      onHost({ faults: { networkAt: "1h" } }, async (env, simulator) => {
        await until(async () => (await simulator.world()).imageList.status === "failed");
        await simulator.setFaults({});
        const module = new URL("../../provider/testing/index.ts", import.meta.url).href;
        const restart = `import(${JSON.stringify(module)}).then(async ({ attachSimulator }) => { const sim = await attachSimulator(${JSON.stringify(simulator.dir)}); await sim.stopDaemon(); await sim.startDaemon(); })`;
        const restartCommand = `'${process.execPath}' -e '${restart}'`;
        const { report, code } = await doctorJson(env, "--fix=restart", "--restart-command", restartCommand);
        assert.deepEqual(
          report.remedies.map(({ action, done }) => [action, done]),
          [
            ["force-update", false],
            ["restart", true],
          ],
        );
        assert.equal(code, 0);
        assert.equal((await simulator.world()).daemon.starts, 2);
      }));

    it("does not interrupt instances that run", () =>
      onHost({ version: "1.16.3" }, async (env, simulator) => {
        await until(async () => (await run(simulator.bin, ["launch", "--name", "busy"])).code === 0);
        await emptyList(simulator);
        const { report } = await doctorJson(env, "--fix=restart", "--restart-command", "exit 7");
        assert.match(report.remedies.at(-1)?.detail ?? "", /busy would be interrupted/);
      }));
  });
});
