import assert from "node:assert/strict";
import { type FaultPlan, startSimulator } from "../../simulator/src/index.ts";
import { disposed } from "../support/disposed.ts";
import { begin, pause, run, until } from "../support/run.ts";

const OFFLINE: FaultPlan = { networkOutages: [{}] };
const daemonOf = async (sim: Awaited<ReturnType<typeof startSimulator>>) => (await sim.world()).daemon;
const fetched = (sim: Awaited<ReturnType<typeof startSimulator>>, times: number) =>
  until(async () => {
    const { fetches, status } = (await sim.world()).imageList;
    return fetches >= times && status === "failed";
  });

describe("a daemon that aborts if a fetch fails while a client waits", () => {
  for (const [version, args] of [
    ["1.16.3", ["find"]],
    ["1.17.0", ["launch"]],
    ["1.17.0", ["wait-ready", "--timeout", "20"]],
  ] as const) {
    it(`dies of \`${args[0]}\` during the first fetch, on ${version}, and its service manager starts it again`, async () => {
      const sim = disposed(
        await startSimulator({ version, faults: { ...OFFLINE, failedFetchAborts: { downFor: 0.2 } } }),
      );
      const { done } = begin(sim.bin, [...args]);
      await until(async () => (await daemonOf(sim)).aborts === 1);
      await sim.setFaults({});
      await done;
      await until(async () => (await daemonOf(sim)).starts === 2);
    });
  }

  it("survives without a client, with `list` and `info`, and with a question between two fetches", async () => {
    const faults: FaultPlan = { ...OFFLINE, failedFetchAborts: true };
    const sim = disposed(await startSimulator({ version: "1.17.0", faults }));
    await Promise.all([
      run(sim.bin, ["list"]),
      run(sim.bin, ["info"]),
      run(sim.bin, ["get", "local.driver"]),
    ]);
    await fetched(sim, 1);
    assert.equal((await run(sim.bin, ["find"])).code, 2);
    assert.match((await run(sim.bin, ["launch"])).stderr, /unknown or unreachable/);
    assert.deepEqual([(await daemonOf(sim)).aborts, (await daemonOf(sim)).starts], [undefined, 1]);
  });

  it("before 1.17 dies of a launch that it refuses, unless the plan spares it", async () => {
    const refused = async (refusedLaunch: number) => {
      const faults: FaultPlan = { ...OFFLINE, failedFetchAborts: { refusedLaunch, downFor: "never" } };
      const sim = disposed(await startSimulator({ version: "1.16.3", timeScale: 4, faults }));
      await fetched(sim, 1);
      return (await run(sim.bin, ["launch"])).stderr;
    };
    assert.match(await refused(1), /cannot connect to the multipass socket/);
    assert.match(await refused(0), /unknown or unreachable/);
  });

  it("stays down while its dnsmasq is left behind, or if nothing restarts it", async () => {
    const faults: FaultPlan = { ...OFFLINE, failedFetchAborts: { orphanedDnsmasq: true, downFor: 0.1 } };
    const sim = disposed(await startSimulator({ faults }));
    await run(sim.bin, ["find"]);
    await sim.startDaemon();
    await pause(300);
    assert.equal((await daemonOf(sim)).starts, 1);
    assert.equal((await run(sim.bin, ["list"])).code, 2);
    await sim.setFaults({ failedFetchAborts: { downFor: 0.1 } });
    await sim.endOrphanedDnsmasq();
    await until(async () => (await run(sim.bin, ["list"])).code === 0);
  });
});

it("the simulated host reads its image servers while its network is good", async () => {
  const sim = disposed(await startSimulator({ faults: OFFLINE }));
  const index = `${sim.env.PULUMI_MULTIPASS_IMAGE_SERVER}/releases/streams/v1/index.json`;
  await assert.rejects(fetch(index));
  await sim.setFaults({});
  assert.equal((await fetch(index)).status, 200);
});
