import { startImageServer, startSimulator } from "../../simulator/src/index.ts";
import { scaledClock } from "../../test/support/scaled-clock.ts";
import { faultsOf, type Scenario, scaleOf } from "./scenarios.ts";
import type { Strategy } from "./strategies.ts";

/** How one strategy fared on one booting host. Times are simulated seconds. */
export interface Trial {
  scenario: Scenario;
  strategy: Strategy;
  /** Time from a good network to an accepted launch; undefined if none was accepted. */
  lost: number | undefined;
  /** Time from a good network until this package has read the image server; undefined for other strategies. */
  noticed: number | undefined;
  /** Like `lost`, but counted from the moment at which the daemon itself had its image list. */
  overSchedule: number | undefined;
  /** The subcommand of each client call until then. */
  calls: string[];
  scale: number;
  /** Real seconds that the accepted launch took. */
  launchSeconds: number;
}

/** Runs a scenario with one strategy. */
export async function tryOut(scenario: Scenario, strategy: Strategy): Promise<Trial> {
  const scale = scaleOf(scenario, strategy.precision);
  const images = await startImageServer();
  let isOnline = true;
  const setOnline = (online: boolean) => {
    isOnline = online;
    images.setAvailable(online);
  };
  setOnline(scenario.outages[0]?.[0] !== 0);
  let readAt: number | undefined;
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
    ...(from > 0 ? [at(from, () => setOnline(false))] : []),
    at(to, () => setOnline(true)),
  ]);
  try {
    await strategy
      .run({
        bin: sim.bin,
        env: sim.env,
        imageServer: images.url,
        resolve: () => {
          if (isOnline) return;
          readAt = undefined;
          throw Object.assign(new Error("getaddrinfo EAI_AGAIN"), { code: "EAI_AGAIN" });
        },
        noticed: () => {
          readAt ??= Date.now();
        },
        clock: scaledClock(scale),
        signal: over.signal,
      })
      .catch(() => undefined);
    const calls = await sim.calls();
    const accepted = calls.find(({ argv, exitCode }) => argv[0] === "launch" && exitCode === 0);
    const end = accepted?.endedAt ?? Number.POSITIVE_INFINITY;
    const noticedAt = readAt && ((readAt - startedAt) * scale) / 1000;
    const until = calls.filter((call) => call.startedAt <= end);
    const moment = accepted && (((accepted.endedAt as number) - startedAt) * scale) / 1000;
    const { imageList } = await sim.world();
    const listed = imageList.status === "good" ? (imageList.fetchedAt ?? 0) / 1000 : Number.POSITIVE_INFINITY;
    return {
      scenario,
      strategy,
      // On a network that comes and goes, a launch can be accepted before the network is stable.
      lost: moment === undefined ? undefined : Math.max(0, moment - scenario.good),
      noticed: noticedAt && Math.max(0, noticedAt - scenario.good),
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
