import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InitializationError } from "../../../provider/core/context.ts";
import type { InstanceState } from "../../../provider/core/instance/model.ts";
import { classify } from "../../../provider/driver/classify.ts";
import { isMultipassError } from "../../../provider/driver/errors.ts";
import { unanswered } from "../../../provider/driver/run.ts";
import { onSimulatedHost, type SimulatedHost } from "../../support/simulated-host.ts";
import { until } from "../../support/until.ts";

const guest = { bootSeconds: 5, cloudInitSeconds: 10 };
const vm = { name: "vm", cloudInit: "#cloud-config\nruncmd: [[reboot]]\n" };

/** Simulated seconds: fewer than the 300 after which a launch gives up by itself. */
const SOON = 290;

/** The simulated seconds that some work took. */
async function seconds({ ctx }: SimulatedHost, work: Promise<unknown>): Promise<number> {
  const start = ctx.clock.now();
  await work;
  return (ctx.clock.now() - start) / 1000;
}

/** The failure of a create whose instance is kept. */
async function kept(create: Promise<unknown>): Promise<InitializationError<InstanceState>> {
  const error = await create.then(
    () => assert.fail("the create has succeeded"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof InitializationError, String(error));
  return error;
}

describe("the wait of a launch for the guest's boot", () => {
  it("ends when the guest is done, even if a reboot hides that from the client of 1.16", () =>
    onSimulatedHost({ version: "1.16.3", faults: { guest } }, async (subject) => {
      assert.ok((await seconds(subject, subject.create(vm))) < SOON);
      assert.equal(await subject.count("launch"), 1);
    }));

  it("leaves the client time to finish, because it still sets up mounts and aliases", () =>
    onSimulatedHost({ version: "1.16.3", faults: { guest } }, async (subject) => {
      const { dir, host, sim, create } = subject;
      const [looked, finished, client] = ["looked", "finished", "multipass"].map((name) => join(dir, name));
      // Continues for five simulated seconds after the provider has seen that cloud-init is done.
      writeFileSync(
        client as string,
        `#!/bin/sh
"${sim.bin}" "$@" || exit
case "$1" in
  exec) : > "${looked}" ;;
  launch) until test -e "${looked}"; do sleep 0.02; done; sleep 0.25; : > "${finished}" ;;
esac
`,
        { mode: 0o755 },
      );
      Object.assign(host.driver, { client });
      assert.equal((await create({ name: "vm" })).outs.ready, true);
      assert.ok(existsSync(finished as string));
    }));

  it("ends when the daemon has hung, with cause and remedy, and the next run continues", () =>
    onSimulatedHost(
      { version: "1.16.3", faults: { guest: { ...guest, resetHangsDaemon: true } } },
      async (subject) => {
        const { create, sim } = subject;
        const failed = kept(create(vm));
        assert.ok((await seconds(subject, failed)) < SOON);
        const { message, cause } = await failed;
        assert.ok(isMultipassError(cause, "daemon-hung"));
        assert.match(message, /^Unable to launch instance "vm": .*has hung/);
        assert.match(message, /no answer for 90 s[\s\S]*reboots itself[\s\S]*kill[\s\S]*power_state/);
        await sim.setFaults({ guest });
        await sim.crashDaemon();
        await sim.startDaemon();
        assert.equal((await create(vm)).outs.ready, true);
        assert.equal(await subject.count("launch"), 1);
      },
    ));

  it("shows the module that cloud-init runs", () =>
    onSimulatedHost({ faults: { guest: { ...guest, cloudInitSeconds: 120 } } }, async ({ create, said }) => {
      const created = create({ name: "vm" });
      await until(() => said.includes("cloud-init is running scripts_user"));
      assert.equal((await created).outs.ready, true);
    }));

  it("continues while another client blocks the daemon for minutes and no guest reboots", () => {
    const long = { ...guest, cloudInitSeconds: 180 };
    return onSimulatedHost({ version: "1.16.3", faults: { guest: long } }, async (subject) => {
      const { sim, said } = subject;
      const created = subject.create({ name: "vm" });
      await until(() => said.includes("cloud-init is running"));
      await sim.setFaults({ guest: long, commands: [{ command: "list", delay: 120 }] });
      assert.equal((await created).outs.ready, true);
    });
  });

  it("continues in the same run if the daemon may be restarted", () =>
    onSimulatedHost(
      { version: "1.16.3", faults: { guest: { ...guest, resetHangsDaemon: true } } },
      async ({ create, sim, dir, said, count }) => {
        const script = join(dir, "restart.mts");
        const simulator = new URL("../../../simulator/src/index.ts", import.meta.url).href;
        writeFileSync(
          script,
          `const { attachSimulator } = await import(${JSON.stringify(simulator)});
           const sim = await attachSimulator(${JSON.stringify(sim.dir)});
           await sim.stopDaemon();
           await sim.setFaults(${JSON.stringify({ guest })});
           await sim.startDaemon();`,
        );
        const remedies = { restartDaemon: "always" as const, restartCommand: [process.execPath, script] };
        assert.equal((await create({ ...vm, remedies })).outs.ready, true);
        assert.ok(said.some((one) => /has hung: killing and restarting/.test(one)));
        assert.equal(await count("launch"), 1);
      },
    ));

  it("ends soon if the guest refuses the key, and does not advise a forbidden remedy", () =>
    onSimulatedHost({ version: "1.16.3", faults: { guest: { refusesKey: true } } }, async (subject) => {
      const failed = kept(subject.create({ name: "vm" }));
      assert.ok((await seconds(subject, failed)) < SOON);
      const { message, cause } = await failed;
      assert.ok(isMultipassError(cause, "guest-access-denied"));
      assert.match(message, /cloudInit[\s\S]*AllowUsers/);
      assert.doesNotMatch(message, /multipass exec vm --/);
    }));
});

describe("a call without an answer", () => {
  for (const [command, ms, kind] of [
    ["list", 330_000, "daemon-hung"],
    ["info", 400_000, "daemon-hung"],
    ["list", 60_000, "call-timeout"],
    ["stop", 330_000, "call-timeout"],
    ["exec", 900_000, "call-timeout"],
  ] as const)
    it(`${command} after ${ms / 1000} s: ${kind}`, () => {
      assert.equal(unanswered(command, command, ms).kind, kind);
    });
});

it("A refused key does not count as an unreachable guest", () => {
  const stderr =
    "exec failed: ssh failed to authenticate: 'Access denied for 'publickey'. Authentication that can continue: publickey'\n";
  assert.equal(classify({ command: "exec vm", exitCode: 2, stdout: "", stderr }).kind, "guest-access-denied");
});
