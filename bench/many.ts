import { newMultipass } from "../provider/core/multipass.ts";
import { LaunchSlots, slotsFor } from "../provider/core/operation/launch-slots.ts";
import { thisComputer } from "../provider/host/computer.ts";
import { startSimulator } from "../simulator/src/index.ts";
import { createInstance, surroundings } from "../test/support/operations.ts";
import { scaledClock } from "../test/support/scaled-clock.ts";
import { instanceNamed } from "./instance.ts";
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
  const create = (index: number) =>
    createInstance(surroundings(multipass, clock), {
      ...instanceNamed(`vm${index}`),
      timeouts: { create: "2h" },
    });
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

interface Row {
  cores: number;
  ours: Trial;
  /** With `PULUMI_MULTIPASS_LAUNCHES=8`. */
  eight: Trial;
  unlimited: Trial;
  /** Without cloud-init. */
  boots: Trial;
  unlimitedBoots: Trial;
}

async function run({ quick, say }: RunOptions) {
  const count = quick ? 4 : 30;
  const rows: Row[] = [];
  for (const cores of quick ? [2, 4] : [2, 4, 32]) {
    const [limited, none] = [slotsFor(cores), [count, count]] as const;
    const row = {
      cores,
      ours: await createAll(count, cores, limited, CLOUD_INIT_SECONDS),
      eight: await createAll(count, cores, [8, Math.max(8, cores)], CLOUD_INIT_SECONDS),
      unlimited: await createAll(count, cores, none, CLOUD_INIT_SECONDS),
      boots: await createAll(count, cores, limited, 0),
      unlimitedBoots: await createAll(count, cores, none, 0),
    };
    rows.push(row);
    say(`${cores} cores: ${JSON.stringify(row)}`);
  }
  const worst = (value: (row: Row) => number) => rounded(Math.max(...rows.map(value)));
  const metrics: Record<string, Metric> = {
    "many.limit": {
      what: `${count} instances with cloud-init of ${CLOUD_INIT_SECONDS} s: time with our limit over that without one, worst`,
      value: worst(({ ours, unlimited }) => ours.seconds / unlimited.seconds),
    },
    "many.eight": {
      what: "the same with `PULUMI_MULTIPASS_LAUNCHES=8`, worst",
      value: worst(({ eight, unlimited }) => eight.seconds / unlimited.seconds),
    },
    "many.over-boots": {
      what: `with our limit, on a host with a core for each instance: time after the ${CLOUD_INIT_SECONDS} s, over that without cloud-init`,
      value: rounded(overBoots(rows.at(-1) as Row)),
      goal: 1.2,
    },
  };
  const text = [
    `${count} instances created at once; each boots for ${BOOT_SECONDS} s and then runs cloud-init for ${CLOUD_INIT_SECONDS} s. The simulated daemon has one thread for each core, as a real one, and a launch keeps a thread until cloud-init has ended. Simulated seconds until all are created / most launches open at once:`,
    table(
      [
        "Cores",
        "ours",
        "ours with a limit of 8",
        "without a limit",
        "no cloud-init: ours",
        "no cloud-init, without a limit",
      ],
      rows.map(({ cores, ours, eight, unlimited, boots, unlimitedBoots }) => [
        cores,
        ...[ours, eight, unlimited, boots, unlimitedBoots].map(
          ({ seconds, open }) => `${seconds.toFixed(0)} / ${open}`,
        ),
      ]),
    ),
  ].join("\n\n");
  return { metrics, text };
}

const overBoots = ({ ours, boots }: Row) => (ours.seconds - CLOUD_INIT_SECONDS) / boots.seconds;

const LEFT = `What the limit costs, and what it buys:

- **Where it comes from:** [ten launches at once have crashed the daemon](https://github.com/canonical/multipass/issues/3336) (1.12.2). So by default at most one instance a core boots at once, and never more than four. \`PULUMI_MULTIPASS_LAUNCHES\` sets another limit.
- **Enough cores:** a launch gives its slot to the next one when cloud-init begins. With a core for each instance, cloud-init then costs its own time once.
- **Few cores:** the client's \`launch\` ends only after cloud-init, and the daemon waits for it in one of its threads. While all threads wait, the daemon prepares no other instance, so ours goes in rounds, as many at a time as there are cores.
- **Without a limit:** all instances are prepared before the first wait begins, since the daemon works in the order in which it was asked. They boot and run cloud-init side by side. Simulated guests do not compete for processors and memory, and the simulated daemon does not crash, so the real difference is smaller. A limit that lets launches go in groups of a few could gain much of it; that needs a trial on a real daemon first.
- **A limit of 8** stays below ten. It halves the time on two cores and gains little on four: whatever is asked while all threads wait is prepared only when one of them is free again.`;

export const many: Part = { id: "many", title: "Many at once", run, left: LEFT };
