import { startImageServer, startSimulator } from "../../simulator/src/index.ts";
import { scaledClock } from "../../test/support/scaled-clock.ts";
import { faultsOf, type Scenario, scaleOf } from "./scenarios.ts";
import type { Strategy } from "./strategies.ts";

/** How one strategy did on one booting host. Times are simulated seconds. */
export interface Trial {
  scenario: Scenario;
  strategy: Strategy;
  /** From the network being good to the launch being accepted; undefined where it never was. */
  lost: number | undefined;
  /** The same, from the moment at which the daemon itself had its image list. */
  overSchedule: number | undefined;
  /** The subcommand of each call of the client until then. */
  calls: string[];
  scale: number;
  /** Real seconds that the launch which was accepted took. */
  launchSeconds: number;
}

/** Plays a scenario for one strategy. */
export async function tryOut(scenario: Scenario, strategy: Strategy): Promise<Trial> {
  const scale = scaleOf(scenario, strategy.precision);
  const images = await startImageServer();
  images.setAvailable(scenario.outages[0]?.[0] !== 0);
  const sim = await startSimulator({
    version: scenario.version,
    timeScale: scale,
    faults: faultsOf(scenario),
  });
  const over = new AbortController();
  const { startedAt } = await sim.world();
  const at = (seconds: number, act: () => void) =>
    setTimeout(act, startedAt + (seconds * 1000) / scale - Date.now());
  const timers = scenario.outages.flatMap(([from, to]) => [
    ...(from > 0 ? [at(from, () => images.setAvailable(false))] : []),
    at(to, () => images.setAvailable(true)),
  ]);
  try {
    await strategy
      .run({
        bin: sim.bin,
        env: sim.env,
        imageServer: images.url,
        clock: scaledClock(scale),
        signal: over.signal,
      })
      .catch(() => undefined);
    const calls = await sim.calls();
    const accepted = calls.find(({ argv, exitCode }) => argv[0] === "launch" && exitCode === 0);
    const end = accepted?.endedAt ?? Number.POSITIVE_INFINITY;
    const until = calls.filter((call) => call.startedAt <= end);
    const moment = accepted && (((accepted.endedAt as number) - startedAt) * scale) / 1000;
    const { imageList } = await sim.world();
    const listed = imageList.status === "good" ? (imageList.fetchedAt ?? 0) / 1000 : Number.POSITIVE_INFINITY;
    return {
      scenario,
      strategy,
      // On a network that comes and goes one can be there before it stays.
      lost: moment === undefined ? undefined : Math.max(0, moment - scenario.good),
      overSchedule: moment === undefined ? undefined : Math.max(0, moment - Math.max(scenario.good, listed)),
      calls: until.map(({ argv }) => argv[0] ?? ""),
      scale,
      launchSeconds: accepted ? ((accepted.endedAt as number) - accepted.startedAt) / 1000 : 0,
    };
  } finally {
    over.abort();
    for (const timer of timers) clearTimeout(timer);
    await sim.close();
    await images.close();
  }
}
