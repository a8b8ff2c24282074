import type { FaultPlan } from "../../simulator/src/index.ts";

/**
 * A host that boots, and the periods in which its network is bad. All times are simulated seconds since the
 * daemon's start.
 */
export interface Scenario {
  title: string;
  version: string;
  outages: readonly [from: number, to: number][];
  /** When the network becomes good and stays so. */
  good: number;
  flapping: boolean;
}

export const VERSIONS = ["1.14.1", "1.16.3", "1.17.0"];
const MOMENTS = [3, 8, 20, 35, 75, 130, 400];

/** Networks that come and go before they are stable, as Wi-Fi, VPNs and link negotiation do. */
const FLAPPING: Record<string, Scenario["outages"]> = {
  "4 s on, 6 s off, until 42 s": [
    [0, 12],
    [16, 22],
    [26, 32],
    [36, 42],
  ],
  "a single second at 18 s, then from 60 s": [
    [0, 18],
    [19, 60],
  ],
};

export function scenarios(quick: boolean): Scenario[] {
  const versions = quick ? ["1.16.3", "1.17.0"] : VERSIONS;
  const moments = quick ? [8, 35] : MOMENTS;
  return versions.flatMap((version) => [
    ...moments.map((good) => ({
      title: `${good} s`,
      version,
      outages: [[0, good]] as Scenario["outages"],
      good,
      flapping: false,
    })),
    ...Object.entries(quick ? {} : FLAPPING).map(([title, outages]) => ({
      title,
      version,
      outages,
      good: Math.max(...outages.map(([, to]) => to)),
      flapping: true,
    })),
  ]);
}

export function faultsOf({ outages }: Scenario): FaultPlan {
  return { networkOutages: outages.map(([from, to]) => ({ from, to })), failedFetchAborts: true };
}

/** How precisely to measure the time that a strategy loses. */
export type Precision = "tenth" | "second" | "minute";

/**
 * Simulated seconds per real second. Starting a process takes about 0.1 s of real time, more on a busy
 * computer. Where precision matters, that must not count as several seconds.
 */
export function scaleOf({ good }: Scenario, precision: Precision): number {
  if (precision !== "minute") return good <= 130 ? 1 : 2;
  return good <= 42 ? 4 : good <= 130 ? 6 : 10;
}
