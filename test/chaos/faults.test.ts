import assert from "node:assert/strict";
import { execa } from "execa";
import pLimit from "p-limit";
import { InitializationError } from "../../provider/core/context.ts";
import type { InstanceInputs, InstanceState } from "../../provider/core/instance/model.ts";
import type { FaultPlan } from "../../simulator/src/index.ts";
import { updateInstance } from "../support/operations.ts";
import { type HostOptions, onSimulatedHost, ownerOf, type SimulatedHost } from "../support/simulated-host.ts";
import { bestWay, openSshHosts, type SshHosts, type Way } from "../support/ssh-hosts.ts";
import { labelOf, VERSIONS } from "../support/versions.ts";
import { assertNothingLeft, disturbances } from "./host-faults.ts";
import { assertHarmless, OTHERS } from "./invariants.ts";

/** What is wrong with the host, and how a create on it ends. */
interface Fault {
  what: string;
  faults: FaultPlan;
  /** `kept`: an initialisation error with the machine, which is finished once all is well. */
  end: "ready" | "nothing" | "kept";
  args?: Partial<InstanceInputs>;
  message?: RegExp;
  /** At most so many launches, failed ones included. Default 1. */
  launches?: number;
  /** What happens while the create is under way. */
  meanwhile?: (subject: SimulatedHost, name: string) => Promise<void>;
}

/** Of the time before the host is ready: each on a host that has just booted. */
const AT_BOOT: Fault[] = [
  { what: "a daemon that is late", faults: { socketAt: "20s" }, end: "ready" },
  {
    what: "a daemon that has never run before",
    faults: { daemonNeverRan: true, socketAt: "15s" },
    end: "ready",
  },
  { what: "a network that is late", faults: { networkAt: "40s" }, end: "ready", launches: 5 },
  {
    what: "a network that swallows everything at first",
    faults: { networkOutages: [{ from: 0, to: "40s", mode: "dropped" }] },
    end: "ready",
    launches: 5,
  },
  ...(["F", "G", "H", "J"] as const).flatMap((phase): Fault[] => [
    {
      what: `a daemon that crashes when a launch comes to phase ${phase}`,
      faults: { daemonCrash: [{ duringLaunch: { phase }, downFor: 5 }] },
      end: "ready",
      launches: phase < "H" ? 2 : 1,
    },
    {
      what: `a daemon that is restarted when a launch comes to phase ${phase}`,
      faults: { daemonRestart: [{ duringLaunch: { phase }, downFor: 5 }] },
      end: "ready",
      launches: phase < "H" ? 2 : 1,
    },
  ]),
];

/** Of a host that is up: one after the other on the same one. */
const LATER: Fault[] = [
  { what: "guests that answer every other time", faults: { guest: { sshFlaky: 0.4 } }, end: "ready" },
  { what: "answers that are cut off", faults: { truncatedJson: 3 }, end: "ready" },
  { what: "log records among the errors", faults: { stderrNoise: true }, end: "ready" },
  {
    what: "a list that fails three times",
    faults: { commands: [{ command: "list", text: "cannot connect to the multipass socket", times: 3 }] },
    end: "ready",
  },
  {
    what: "a command that holds the daemon for a minute",
    faults: { commands: [{ command: "list", delay: 60, blocking: true }] },
    end: "ready",
  },
  {
    what: "a start that fails",
    faults: {
      launches: [{ phase: "H" }],
      commands: [{ command: "start", text: "timed out waiting for response", times: 2 }],
    },
    end: "ready",
  },
  {
    what: "a full disk",
    faults: { diskFull: true },
    end: "nothing",
    message: /Available disk[\s\S]*Free disk space/,
  },
  {
    what: "no access to the socket",
    faults: { accessDenied: true },
    end: "nothing",
    message: /group/,
  },
  {
    what: "a client that is not trusted",
    faults: { unauthenticated: true },
    end: "nothing",
    message: /multipass authenticate/,
  },
  {
    what: "a cloud-init that fails",
    faults: { guest: { cloudInit: "error", cloudInitErrors: ["apt failed"] } },
    end: "kept",
    message: /cloud-init failed[\s\S]*apt failed/,
  },
  {
    what: "a guest that is too slow",
    faults: { guest: { bootSeconds: 600 } },
    args: { timeouts: { create: "30s" } },
    end: "kept",
    message: /Gave up|Out of time|30s/,
  },
  {
    what: "mounts that cannot be made",
    faults: { guest: { snapSupport: false } },
    args: { mounts: [{ source: "/tmp", target: "/mnt/x" }] },
    end: "kept",
    message: /mount/,
  },
];

async function play(subject: SimulatedHost, fault: Fault, name: string): Promise<void> {
  const { args, end, message, launches = 1, meanwhile } = fault;
  const creating = subject.create({ name, timeouts: { create: "15m" }, ...args }).then(
    ({ outs }) => outs,
    (error: Error) => error,
  );
  await meanwhile?.(subject, name);
  const outcome = await creating;
  const calls = await subject.callsOf(name);
  const launched = calls.filter(({ argv }) => argv[0] === "launch");
  const text = `${outcome instanceof Error ? outcome.stack : ""}\n${calls.map(({ argv }) => argv.join(" ")).join("\n")}`;
  assert.ok(launched.length <= launches, `${launched.length} launches ${text}`);
  for (const { argv } of calls) assertHarmless(argv);
  assert.ok(!calls.some(({ argv }) => argv[0] === "delete"), text);
  const instance = (await subject.sim.world()).instances[name];
  if (message) assert.match(String((outcome as Error).message), message);
  if (end === "nothing") {
    assert.ok(outcome instanceof Error && !(outcome instanceof InitializationError), text);
    assert.equal(instance, undefined);
    assert.equal(await subject.journal.read(name), undefined);
    return;
  }
  let state = outcome as InstanceState;
  if (end === "kept") {
    assert.ok(outcome instanceof InitializationError, text);
    assert.ok(instance, "the machine is not there any more");
    state = await finish(subject, outcome, {
      name,
      owner: ownerOf(name),
      ...args,
      timeouts: { create: "15m" },
    });
    assert.equal((await subject.callsOf(name)).filter(({ argv }) => argv[0] === "launch").length, 1);
  }
  assert.equal(state.ready, true, text);
  assert.equal((await subject.sim.world()).instances[name]?.state, "Running");
}

/** The next `up`, after whatever was wrong has been put right. */
async function finish(
  subject: SimulatedHost,
  error: InitializationError<InstanceState>,
  news: InstanceInputs,
) {
  await subject.sim.setFaults({});
  await subject.sim.instance(error.id).poke({ sshIn: 0, cloudInitDoneIn: 0 });
  const olds = error.outs;
  return await updateInstance(subject.context(), error.id, olds, news);
}

/** Hosts at once: they mostly wait. */
const hosts = pLimit(4);

async function playAll(options: HostOptions, ended: Map<Fault, Promise<void>>): Promise<void> {
  await onSimulatedHost(options, async (subject) => {
    await Promise.all(OTHERS.map((name) => execa(subject.sim.bin, ["launch", "--name", name])));
    const before = await subject.sim.world();
    for (const [index, fault] of LATER.entries()) {
      await subject.sim.setFaults(fault.faults);
      const played = play(subject, fault, `dev-${index}`);
      ended.set(fault, played);
      await played.catch(() => undefined);
      await subject.sim.setFaults({});
    }
    const after = await subject.sim.world();
    for (const name of OTHERS) assert.deepEqual(after.instances[name], before.instances[name]);
  });
}

/** This computer with each version, and a host over ssh with the newest one. */
const PLACES: { version: (typeof VERSIONS)[number]; way?: Way }[] = VERSIONS.map((version) => ({ version }));
const best = bestWay();
if (best) PLACES.push({ version: VERSIONS[0], way: best });

for (const { version, way } of PLACES) {
  describe(`a create on a host with faults, on ${labelOf(version)}${way ? ` over ${way} [long]` : ""}`, () => {
    const ended = new Map<Fault, Promise<void>>();
    let later: Promise<void>;
    let ssh: SshHosts | undefined;
    const disturbed = way ? disturbances(() => ssh as SshHosts) : [];

    before(async function () {
      this.timeout(60_000);
      ssh = way && (await openSshHosts(way));
      for (const fault of [...AT_BOOT, ...disturbed])
        ended.set(
          fault,
          hosts(() =>
            onSimulatedHost(
              { version, ssh, faults: { failedFetchAborts: true, ...fault.faults } },
              async (subject) => {
                await play(subject, fault, "dev");
                if (ssh) assertNothingLeft(ssh, subject);
              },
            ),
          ),
        );
      later = hosts(() => playAll({ version, ssh }, ended));
      // Each is looked at by its own test.
      for (const played of [...ended.values(), later]) played.catch(() => undefined);
    });
    after(async () => ssh?.[Symbol.asyncDispose]());

    it("concerns nobody else, whatever is wrong", () => later);

    for (const fault of [...AT_BOOT, ...LATER, ...disturbed])
      it(`${fault.what}: ${fault.end}`, () => ended.get(fault) ?? assert.fail("was not played")).timeout(
        240_000,
      );
  });
}
