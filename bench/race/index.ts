import pLimit from "p-limit";
import { type Metric, median, type Part, type RunOptions, rounded, table } from "../measure.ts";
import { type Scenario, scaleOf, scenarios } from "./scenarios.ts";
import { STRATEGIES, type Strategy } from "./strategies.ts";
import { type Trial, tryOut } from "./trial.ts";

/** Hosts that boot at the same time. They mostly wait; more hosts would also compete for the processor. */
const AT_ONCE = 16;

const ofStrategy = (trials: readonly Trial[], id: string) =>
  trials.filter(({ strategy }) => strategy.id === id);
const known = (values: (number | undefined)[]) => values.filter((value) => value !== undefined);

function metrics(trials: readonly Trial[], quick: boolean): Record<string, Metric> {
  const ours = ofStrategy(trials, "ours");
  const lost = known(ours.map((trial) => trial.lost));
  const noticed = known(ours.map((trial) => trial.noticed));
  const over = known(ofStrategy(trials, "ours-list").map(({ overSchedule }) => overSchedule));
  const sum = (id: string) => ofStrategy(trials, id).reduce((total, { calls }) => total + calls.length, 0);
  const beaten = (["ours", "ours-list"] as const).flatMap((id) =>
    ofStrategy(trials, id).filter(
      ({ scenario, lost: mine }) =>
        mine === undefined && trials.some((other) => other.scenario === scenario && other.lost !== undefined),
    ),
  );
  // Compares over all moments or none: on a network that is soon good, every strategy makes few calls.
  const calls: Record<string, Metric> = {
    "race.calls": {
      what: "calls of ours over those of `sleep 20`",
      value: rounded(sum("ours") / sum("sleep-20")),
      goal: 1,
    },
  };
  return {
    ...(quick ? {} : calls),
    "race.noticed.max": {
      what: "time until ours notices the network, worst, in s",
      value: rounded(Math.max(...noticed)),
      goal: 0.3,
    },
    "race.lost.median": {
      what: "time lost by ours, median, in s",
      value: rounded(median(lost)),
      goal: 0.7,
    },
    "race.lost.max": {
      what: "time lost by ours, worst, in s",
      value: rounded(Math.max(...lost)),
      goal: 1.5,
    },
    "race.list.max": {
      what: "without the direct image: worst time over what the daemon's schedule permits, in s",
      value: rounded(Math.max(...over)),
      goal: 1,
    },
    "race.failures": {
      what: "hosts on which ours fails and another succeeds",
      value: beaten.length,
      goal: 0,
    },
  };
}

const seconds = (value: number | undefined) => (value === undefined ? "fails" : value.toFixed(1));

function text(trials: readonly Trial[], all: readonly Scenario[]): string {
  const head = ["Network good at", "Multipass", ...STRATEGIES.map(({ title }) => title)];
  const find = (scenario: Scenario, id: string) =>
    trials.find((trial) => trial.scenario === scenario && trial.strategy.id === id);
  const rows = (cell: (trial: Trial | undefined) => string) =>
    all.map((scenario) => [
      scenario.title,
      scenario.version,
      ...STRATEGIES.map(({ id }) => cell(find(scenario, id))),
    ]);
  const ours = ofStrategy(trials, "ours");
  const launch = median(ours.map(({ launchSeconds }) => launchSeconds));
  const largest = (of: readonly Trial[]) => Math.max(...of.map(({ scale }) => scale));
  return [
    "Simulated seconds from the moment at which the host's network is good (for good, where it comes and goes) until the daemon has accepted a launch. The host's view of the image server and the daemon's change at the same moment.",
    table(
      head,
      rows((trial) => seconds(trial?.lost)),
    ),
    "For (e): seconds over what the daemon's own schedule permits, since nothing but its own retry can give it a list:",
    table(
      ["Network good at", "Multipass", "Over the schedule"],
      all.map((scenario) => [
        scenario.title,
        scenario.version,
        seconds(find(scenario, "ours-list")?.overSchedule),
      ]),
    ),
    "Calls of the client until then (of which launches):",
    table(
      head,
      rows((trial) =>
        trial ? `${trial.calls.length} (${trial.calls.filter((call) => call === "launch").length})` : "",
      ),
    ),
    `Ours runs without the others, and in real time where the network is good within 130 s, so that scaling adds nothing; from then on twice as fast. Simulated time runs up to ${largest(ofStrategy(trials, "ours-list"))} times as fast for (e), our own pauses included, and up to ${largest(trials)} times for the others; what does not run faster is the start of processes, and every simulated loss contains a few of them times that. The client of a launch that was accepted took ${(launch * 1000).toFixed(0)} ms in the median.`,
  ].join("\n\n");
}

const realSeconds = ({ scenario, strategy }: { scenario: Scenario; strategy: Strategy }) =>
  scenario.good / scaleOf(scenario, strategy.precision);

async function run({ quick, say }: RunOptions) {
  const all = scenarios(quick);
  const limit = pLimit(AT_ONCE);
  // Starts with the longest, so that they do not finish alone at the end.
  const jobs = all
    .flatMap((scenario) => STRATEGIES.map((strategy) => ({ scenario, strategy })))
    .sort((a, b) => realSeconds(b) - realSeconds(a));
  let done = 0;
  const trialsOf = (some: typeof jobs) =>
    some.map(({ scenario, strategy }) =>
      limit(async () => {
        const trial = await tryOut(scenario, strategy);
        done += 1;
        say(
          `${done}/${jobs.length} ${scenario.version}, good at ${scenario.title}: ${strategy.id} lost ${seconds(trial.lost)} s, ${trial.calls.length} calls`,
        );
        return trial;
      }),
    );
  // The others start processes all the time. Beside them, tenths of a second cannot be measured.
  const isPrecise = ({ strategy }: (typeof jobs)[number]) => strategy.precision === "tenth";
  const precise = await Promise.all(trialsOf(jobs.filter(isPrecise)));
  const trials = [...precise, ...(await Promise.all(trialsOf(jobs.filter((job) => !isPrecise(job)))))];
  return { metrics: metrics(trials, quick), text: text(trials, all) };
}

const LEFT = `- **Loops abort the daemon:** a launch or \`find\` that is open while a fetch fails can abort the daemon, as it does on real ones; here it always does. The daemon is then started anew and fetches at once. So loops (b) and (d) often get a list sooner than by the daemon's schedule, at the price of a crash for many of their tries. Ours never has a stream open then.
- **The worst case:** 35 s and 75 s after its start, the daemon begins a fetch of its own just when the network comes up. That fetch may still fail, and can abort the daemon if a launch is open, so ours waits for the 1.2 s that a failing fetch takes. In all other cases it needs 0.1 to 0.3 s.
- **(e), without the direct image:** the provider does not ask the daemon when its list arrives, since \`wait-ready\` can abort it while a fetch fails. It predicts the fetches from the daemon's start, as if each failed at once. If fetches take long (a network that drops packets), the back-off decides, and up to 60 s are lost. The provider asks 0.3 s after the predicted moment; the rest is the start of three processes while sixteen hosts are simulated. This concerns only images that nobody but Multipass can look up, and \`directImage: false\`.
- **Calls:** if the network is up within 75 s, ours makes one to three calls more than \`sleep 20\`, because it looks whether the name is free, asks for the version, and tries sooner. From 130 s on it makes far fewer. If the network comes up just before one of the loop's tries, as at 20, 60 and 400 s, the loop needs no further try, so that chance decides the ratio of all calls. A real create also asks for \`local.image.mirror\` once, while it waits for the network.`;

export const race: Part = { id: "race", title: "Time lost in the race", run, left: LEFT };
