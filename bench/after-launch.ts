import { newMultipass } from "../provider/core/multipass.ts";
import { systemClock } from "../provider/driver/clock.ts";
import { thisComputer } from "../provider/host/computer.ts";
import { startSimulator } from "../simulator/src/index.ts";
import { createInstance, surroundings } from "../test/support/operations.ts";
import { instanceNamed } from "./instance.ts";
import { median, type Part, type RunOptions, rounded, table } from "./measure.ts";

/** Seconds that cloud-init takes in the guests. */
const GUESTS = [5, 30, 120];
/** Instances of each kind, created together. */
const EACH = 3;

/** Seconds from the end of a guest's cloud-init until its create has ended, for instances created together. */
async function delays(cloudInitSeconds: number, together: number): Promise<number[]> {
  const sim = await startSimulator({ faults: { guest: { cloudInitSeconds } } });
  try {
    const computer = { ...thisComputer, env: { ...process.env, ...sim.env } };
    const multipass = newMultipass(sim.bin, systemClock, computer);
    const create = async (index: number) => {
      const name = `vm${index}`;
      await createInstance(surroundings(multipass, systemClock), instanceNamed(name));
      const ended = Date.now();
      const { instances, startedAt } = await sim.world();
      return (ended - startedAt - (instances[name]?.cloudInitAt ?? Number.NaN)) / 1000;
    };
    return await Promise.all(Array.from({ length: together }, (_, index) => create(index)));
  } finally {
    await sim.close();
  }
}

async function run({ quick, say }: RunOptions) {
  const rows: { seconds: number; taken: number[] }[] = [];
  for (const seconds of quick ? GUESTS.slice(0, 1) : GUESTS) {
    const taken = await delays(seconds, EACH);
    rows.push({ seconds, taken });
    say(
      `cloud-init of ${seconds} s: created ${taken.map((one) => one.toFixed(2)).join(", ")} s after its end`,
    );
  }
  const all = rows.flatMap(({ taken }) => taken);
  return {
    metrics: {
      "after-launch.median": {
        what: "from the end of cloud-init until an instance is created, median, in s",
        value: rounded(median(all)),
        goal: 1,
      },
    },
    text: [
      `${EACH} instances at once on two slots; the simulated daemon notices the end of cloud-init at once, a real one looks once a second.`,
      table(
        ["cloud-init takes", "median", "worst"],
        rows.map(({ seconds, taken }) => [
          `${seconds} s`,
          rounded(median(taken)),
          rounded(Math.max(...taken)),
        ]),
      ),
    ].join("\n\n"),
  };
}

export const afterLaunch: Part = { id: "after-launch", title: "After cloud-init", run };
