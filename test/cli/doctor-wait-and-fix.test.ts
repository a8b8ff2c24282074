import assert from "node:assert/strict";
import { NO_IMAGE_SERVER } from "../support/no-image-server.ts";
import { run, until } from "../support/run.ts";
import { labelOf, VERSIONS } from "../support/versions.ts";
import { beginCommand, command } from "./command.ts";
import { doctorJson, emptyList, onHost } from "./doctor.ts";

describe("pulumi-multipass doctor --wait", () => {
  // 1.13 fetches the list again only a quarter of an hour after the first fetch, which comes before the network.
  for (const [version, timeScale] of [
    ["1.13.1", 100],
    ["1.16.3", 10],
    ["1.17.0", 10],
  ] as const) {
    it(`${version}${version === "1.16.3" ? " [long]" : ""}: exits as soon as a launch would work`, () =>
      onHost(
        { version, timeScale, faults: { socketAt: "60s", networkAt: "150s" } },
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
      NO_IMAGE_SERVER,
    ));

  it("does not wait for something that only the user can fix", () =>
    onHost({ faults: { accessDenied: true } }, async (env) => {
      const { code, milliseconds } = await command(["doctor", "--wait"], env);
      assert.equal(code, 1);
      assert.ok(milliseconds < 20_000);
    }));

  it("exits at once on a signal", () =>
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

describe("pulumi-multipass doctor --fix", () => {
  it("refills a list that an earlier update left empty", () =>
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

  it("1.13: asks once, and reports the result", () =>
    onHost({ version: "1.13.1", faults: { networkAt: "1h" } }, async (env, simulator) => {
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

  for (const version of VERSIONS) {
    it(`${labelOf(version)}: knows that asking does not help, and says so`, () =>
      onHost({ version, faults: { networkAt: "1h" } }, async (env, simulator) => {
        const { report } = await doctorJson(env, "--fix");
        assert.deepEqual(
          report.remedies.map(({ done }) => done),
          [false],
        );
        assert.match(report.remedies[0]?.detail ?? "", /with its last error, without trying/);
        assert.ok((await simulator.calls()).every(({ argv }) => !argv.includes("--force-update")));
      }));
  }

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
      NO_IMAGE_SERVER,
    ));

  it("restarts the daemon only when told to", () =>
    onHost({ faults: { networkAt: "1h" } }, async (env, simulator) => {
      await until(async () => (await simulator.world()).imageList.status === "failed");
      // The network comes with the restart: on a busy machine the daemon would else fetch its list before doctor looks.
      const module = new URL("../../simulator/src/index.ts", import.meta.url).href;
      const restart = `import(${JSON.stringify(module)}).then(async ({ attachSimulator }) => { const sim = await attachSimulator(${JSON.stringify(simulator.dir)}); await sim.stopDaemon(); await sim.setFaults({}); await sim.startDaemon(); })`;
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

  it("does not interrupt running instances", () =>
    onHost({ version: "1.16.3" }, async (env, simulator) => {
      await until(async () => (await run(simulator.bin, ["launch", "--name", "busy"])).code === 0);
      await emptyList(simulator);
      const { report } = await doctorJson(env, "--fix=restart", "--restart-command", "exit 7");
      assert.match(report.remedies.at(-1)?.detail ?? "", /busy would be interrupted/);
    }));
});
