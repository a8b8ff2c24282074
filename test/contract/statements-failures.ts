import assert from "node:assert/strict";
import type { FaultPlan, Simulator } from "../../simulator/src/index.ts";
import { disposed } from "../support/disposed.ts";
import { run, until } from "../support/run.ts";
import { expect, type Statement, withoutLog } from "./statement.ts";
import type { Subject } from "./subject.ts";

/** A statement about a host on which something is wrong. */
function broken(
  title: string,
  onlySimulated: string,
  faults: FaultPlan,
  holds: (sim: Simulator, subject: Subject) => Promise<void>,
  more: Partial<Statement> & { timeScale?: number } = {},
): Statement {
  const { timeScale, ...rest } = more;
  return {
    title,
    onlySimulated,
    ...rest,
    async holds(subject) {
      const sim = disposed(await subject.faulty(faults, timeScale));
      await holds(sim, subject);
    },
  };
}

const noNetwork = "the host's network would have to be cut off";
const noDaemon = "the host's daemon would have to be stopped";
const hypervisor = "the hypervisor would have to fail";

/** What can be met on a host, but not be provoked there. */
export const failureStatements: Statement[] = [
  broken("without a daemon commands fail with 2 and one text", noDaemon, {}, async (sim) => {
    await sim.stopDaemon();
    for (const args of [
      ["list"],
      ["info", "x"],
      ["find"],
      ["launch"],
      ["start", "x"],
      ["stop", "x"],
      ["delete", "x"],
      ["get", "local.driver"],
    ]) {
      expect(await run(sim.bin, args), 2, `${args[0]} failed: cannot connect to the multipass socket\n`);
    }
    expect(
      await run(sim.bin, ["exec", "x", "--", "true"]),
      2,
      "exec failed: cannot connect to the multipass socket\n".repeat(2),
    );
    expect(await run(sim.bin, ["launch", "--cpus", "0"]), 1, /^Error: invalid CPU count/);
  }),
  broken("without a daemon version exits 0 and tells the client's only", noDaemon, {}, async (sim) => {
    await sim.stopDaemon();
    const { code, stdout } = await run(sim.bin, ["version", "--format", "json"]);
    assert.equal(code, 0);
    assert.deepEqual(Object.keys(JSON.parse(stdout)), ["multipass"]);
  }),
  broken(
    "without a daemon get --keys exits 0 with the client's keys and a log record",
    noDaemon,
    {},
    async (sim) => {
      await sim.stopDaemon();
      const { code, stdout, stderr } = await run(sim.bin, ["get", "--keys"]);
      assert.deepEqual([code, stdout], [0, "client.primary-name\n"]);
      assert.match(stderr, /^\[.*\] \[error\] \[remote settings\] Could not reach daemon\.\n$/);
    },
  ),
  broken(
    "a daemon that never ran has no root certificate: exit 1",
    noDaemon,
    { daemonNeverRan: true },
    async (sim) => {
      const { code, stderr } = await run(sim.bin, ["list"]);
      assert.equal(code, 1);
      assert.match(stderr, /multipass_root_cert\.pem/);
    },
  ),
  broken(
    "a socket that may not be opened",
    "the socket's permissions would have to be changed",
    { accessDenied: true },
    async (sim) => {
      expect(await run(sim.bin, ["list"]), 2, "list failed: multipass socket access denied\n");
      assert.equal((await run(sim.bin, ["version"])).code, 0);
    },
  ),
  broken(
    "an unknown client is not authenticated",
    "the daemon would have to forget its clients",
    { unauthenticated: true },
    async (sim, { version }) => {
      const who = version >= 117 ? "user" : "client";
      expect(
        await run(sim.bin, ["list"]),
        2,
        new RegExp(`^list failed: The ${who} is not authenticated with the Multipass service\\.`),
      );
      expect(
        await run(sim.bin, ["authenticate", "secret"]),
        2,
        /^authenticate failed: .*[Pp]assphrase is (not )?set/,
      );
    },
  ),
  broken(
    "offline, a launch by alias fails at once by its image list",
    noNetwork,
    { networkAt: "1h" },
    async (sim, { version }) => {
      const text =
        version >= 117
          ? 'launch failed: Remote "release" is unknown or unreachable. If image mirror is enabled, please confirm it is valid.\n'
          : 'launch failed: Remote "" is unknown or unreachable.\n';
      expect(await run(sim.bin, ["launch"]), 2, text);
      // The image is looked up before the name is.
      expect(await run(sim.bin, ["launch", "--name", "bad_name!"]), 2, text);
      expect(await run(sim.bin, ["find"]), 2, /^find failed: failed to download from 'https:/);
      expect(
        await run(sim.bin, ["find", "--force-update"]),
        2,
        /^find failed: failed to download from 'https:/,
      );
    },
  ),
  broken("offline, a launch by URL fails in its download", noNetwork, { networkAt: "1h" }, async (sim) => {
    expect(
      await run(sim.bin, ["launch", "https://example.com/x.img"]),
      2,
      "launch failed: failed to download from 'https://example.com/x.img': Host example.com not found\n",
    );
  }),
  broken(
    "a VM that dies while booting stays, Stopped",
    hypervisor,
    { launches: [{ phase: "H" }] },
    async (sim) => {
      expect(
        await run(sim.bin, ["launch", "--name", "vm"]),
        2,
        /^launch failed: The following errors occurred:\n/,
      );
      assert.equal((await sim.world()).instances["vm"]?.state, "Stopped");
    },
  ),
  broken(
    "a VM that is not reachable stays, Unknown, and does not start",
    hypervisor,
    { launches: [{ phase: "I" }] },
    async (sim) => {
      expect(
        await run(sim.bin, ["launch", "--name", "vm"]),
        2,
        "launch failed: The following errors occurred:\nvm: timed out waiting for response\n",
      );
      expect(
        await run(sim.bin, ["start", "vm"]),
        2,
        "start failed: The following errors occurred:\nInstance 'vm' is already running, but in an unknown state.\nTry to stop it first.\n",
      );
      expect(
        await run(sim.bin, ["exec", "vm", "--", "true"]),
        2,
        /Cannot retrieve credentials in unknown state\n$/,
      );
      assert.equal((await run(sim.bin, ["stop", "--force", "vm"])).code, 0);
      assert.equal((await run(sim.bin, ["start", "vm"])).code, 0);
    },
  ),
  broken(
    "a launch that ran out of time waiting for cloud-init leaves a healthy instance",
    "a guest would have to be too slow",
    { launches: [{ phase: "J" }] },
    async (sim) => {
      expect(
        await run(sim.bin, ["launch", "--name", "vm"]),
        2,
        "launch failed: The following errors occurred:\ntimed out waiting for initialization to complete\n",
      );
      assert.equal((await run(sim.bin, ["exec", "vm", "--", "true"])).code, 0);
    },
  ),
  broken(
    "a daemon that dies in the middle is one that cannot be connected to",
    noDaemon,
    { launches: [{ phase: "N" }] },
    async (sim) => {
      expect(await run(sim.bin, ["launch"]), 2, "launch failed: cannot connect to the multipass socket\n");
    },
  ),
  broken(
    "a daemon-wide setting restarts the daemon",
    "every VM of the host would be bounced",
    {},
    async (sim) => {
      assert.equal((await run(sim.bin, ["set", "local.bridged-network=eth0"])).code, 0);
      await until(async () => (await run(sim.bin, ["list"])).code === 2);
      await until(async () => (await run(sim.bin, ["list"])).code === 0);
      assert.equal((await run(sim.bin, ["get", "local.bridged-network"])).stdout, "eth0\n");
    },
  ),
  broken(
    "the daemon's log records reach every client",
    "the daemon would have to have something to log",
    { stderrNoise: true },
    async (sim) => {
      const { code, stderr } = await run(sim.bin, ["list"]);
      assert.equal(code, 0);
      assert.notEqual(stderr, "");
      assert.equal(withoutLog(stderr), "");
    },
  ),
  broken(
    "SSH that fails has 255 in exec since 1.17, 2 before",
    "SSH would have to fail",
    { guest: { sshFlaky: 1 } },
    async (sim, { version }) => {
      await run(sim.bin, ["launch", "--name", "vm"]);
      expect(
        await run(sim.bin, ["exec", "vm", "--", "true"]),
        version >= 117 ? 255 : 2,
        "exec failed: ssh connection failed: 'Connection refused'\n",
      );
      expect(await run(sim.bin, ["info"]), 2, "info failed: ssh connection failed: 'Connection refused'\n");
    },
  ),
];
