import type { InstanceInputs } from "../provider/core/instance/model.ts";
import { newMultipass } from "../provider/core/multipass.ts";
import { LaunchSlots, slotsFor } from "../provider/core/operation/launch-slots.ts";
import { thisComputer } from "../provider/host/computer.ts";
import { startSimulator } from "../simulator/src/index.ts";
import { createInstance, surroundings } from "../test/support/operations.ts";
import { scaledClock } from "../test/support/scaled-clock.ts";
import { type Metric, type Part, type RunOptions, rounded, table } from "./measure.ts";

const BOOT_SECONDS = 5;
const CLOUD_INIT_SECONDS = 60;
/** Real seconds that a trial may take, so that the start of a process counts little. */
const REAL_SECONDS = 15;

interface Trial {
  /** Simulated seconds until all instances were created. */
  seconds: number;
  /** Launches that were open at once, at most. */
  open: number;
}

/** Creates instances together on a simulated host whose daemon has a thread for each core. */
async function createAll(
  count: number,
  cores: number,
  slots: readonly [booting: number, open: number],
  cloudInitSeconds: number,
): Promise<Trial> {
  const scale = Math.max(1, leastSeconds(count, cores, cloudInitSeconds) / REAL_SECONDS);
  const guest = { bootSeconds: BOOT_SECONDS, cloudInitSeconds };
  await using sim = await startSimulator({ timeScale: scale, faults: { daemonThreads: cores, guest } });
  const clock = scaledClock(scale);
  const computer = { ...thisComputer, env: { ...process.env, ...sim.env } };
  const multipass = { ...newMultipass(sim.bin, clock, computer), launches: new LaunchSlots(...slots) };
  const create = (index: number) => {
    const name = `vm${index}`;
    const inputs: InstanceInputs = {
      ...{ name, cpus: 1, memory: "1G", disk: "5G", timeouts: { create: "2h" } },
      owner: `urn:pulumi:bench::bench::pulumi-nodejs:dynamic/multipass:Instance::${name}`,
    };
    return createInstance(surroundings(multipass, clock), inputs);
  };
  const started = clock.now();
  await Promise.all(Array.from({ length: count }, (_, index) => create(index)));
  const seconds = (clock.now() - started) / 1000;
  const launches = (await sim.calls()).filter(({ argv }) => argv[0] === "launch");
  const open = launches.map(
    ({ startedAt }) =>
      launches.filter((other) => other.startedAt <= startedAt && startedAt < (other.endedAt ?? 0)).length,
  );
  return { seconds, open: Math.max(...open) };
}

/** Seconds that a daemon takes at least, since a launch keeps one of its threads until cloud-init has ended. */
const leastSeconds = (count: number, cores: number, cloudInitSeconds: number) =>
  Math.ceil(count / cores) * (BOOT_SECONDS + cloudInitSeconds);

async function run({ quick, say }: RunOptions) {
  const count = quick ? 4 : 30;
  const rows: { cores: number; ours: Trial; boots: Trial; unlimited: Trial; unlimitedBoots: Trial }[] = [];
  for (const cores of quick ? [2, 4] : [2, 4, 8, 32]) {
    const [limited, none] = [slotsFor(cores), [count, count]] as const;
    const row = {
      cores,
      ours: await createAll(count, cores, limited, CLOUD_INIT_SECONDS),
      unlimited: await createAll(count, cores, none, CLOUD_INIT_SECONDS),
      boots: await createAll(count, cores, limited, 0),
      unlimitedBoots: await createAll(count, cores, none, 0),
    };
    rows.push(row);
    say(`${cores} cores: ${JSON.stringify(row)}`);
  }
  const worst = (value: (row: (typeof rows)[number]) => number) => rounded(Math.max(...rows.map(value)));
  const metrics: Record<string, Metric> = {
    "many.over-daemon": {
      what: `${count} instances with cloud-init of ${CLOUD_INIT_SECONDS} s: time over the least that a daemon with a thread for each core can take, worst`,
      value: worst(
        ({ cores, ours }) =>
          ours.seconds / Math.max(leastSeconds(count, cores, CLOUD_INIT_SECONDS), overlapped(count, cores)),
      ),
      goal: 1.2,
    },
    "many.over-boots": {
      what: `the same on a host with a core for each instance: time after the ${CLOUD_INIT_SECONDS} s, over that without cloud-init`,
      value: rounded(overBoots(rows.at(-1) as (typeof rows)[number])),
      goal: 1.2,
    },
  };
  const text = [
    `${count} instances created at once; each boots for ${BOOT_SECONDS} s and then runs cloud-init for ${CLOUD_INIT_SECONDS} s. The simulated daemon has one thread for each core, as a real one, and a launch keeps a thread until cloud-init has ended. Simulated seconds until all are created / most launches open at once:`,
    table(
      ["Cores", "ours", "without a limit", "no cloud-init: ours", "no cloud-init, without a limit"],
      rows.map(({ cores, ours, unlimited, boots, unlimitedBoots }) => [
        cores,
        ...[ours, unlimited, boots, unlimitedBoots].map(
          ({ seconds, open }) => `${seconds.toFixed(0)} / ${open}`,
        ),
      ]),
    ),
  ].join("\n\n");
  return { metrics, text };
}

/** Seconds if cloud-init runs beside the boots of others. */
const overlapped = (count: number, cores: number) =>
  (count / slotsFor(cores)[0]) * BOOT_SECONDS + CLOUD_INIT_SECONDS;

const overBoots = ({ ours, boots }: { ours: Trial; boots: Trial }) =>
  (ours.seconds - CLOUD_INIT_SECONDS) / boots.seconds;

const LEFT = `- **Few cores:** a launch gives its slot to the next one when cloud-init begins. But the client's \`launch\` ends only after cloud-init, and the daemon waits for it in one of its threads. So on two cores, two instances at a time is all there is, with or without a limit. Launches beyond that would wait inside the daemon, where nobody sees why.
- **What the limit of four boots costs and buys:** up to four cores, nothing is faster without it. On a larger host the boots themselves take longer: see the last two columns. The reason for the limit is the daemon: [ten launches at once have crashed it](https://github.com/canonical/multipass/issues/3336). \`PULUMI_MULTIPASS_LAUNCHES\` sets another.`;

export const many: Part = { id: "many", title: "Many at once", run, left: LEFT };
