import type { Scenario } from "../race/scenarios.ts";
import { STRATEGIES } from "../race/strategies.ts";
import { tryOut } from "../race/trial.ts";
import { lives, noOp } from "./lives.ts";
import { packages } from "./packages.ts";
import { imports, start } from "./processes.ts";
import type { Measured } from "./verdict.ts";

/** Measures some metrics once. */
export type Probe = () => Promise<Measured>;

const GOOD = 3;

/** One boot race of ours, in real time. */
async function boot(): Promise<Measured> {
  const scenario: Scenario = {
    title: "",
    version: "1.17.0",
    outages: [[0, GOOD]],
    good: GOOD,
    flapping: false,
  };
  const [ours] = STRATEGIES.filter(({ id }) => id === "ours");
  if (!ours) throw new Error("there is no strategy of ours");
  return { "check.boot": (await tryOut(scenario, ours)).calls.length };
}

export const PROBES: Readonly<Record<string, Probe>> = {
  imports,
  start,
  packages,
  boot,
  lives,
  "no-op": noOp,
};

export const WHAT: Readonly<Record<string, string>> = {
  "check.boot": `calls until a launch is accepted on a host whose network is up after ${GOOD} s`,
  "check.import": 'processor time of `import "pulumi-multipass"` as a share of the SDK\'s',
  "check.runtime": "processor time of the rest of `pulumi-multipass/runtime` as a share of the SDK's",
  "check.start": "processor time of the plugin until it prints its port, over an empty Node.js",
  "check.installed": "packages that are installed with it",
  "check.loaded": "packages that the import loads besides the SDK",
  "check.size": "KiB of the unpacked package",
  "check.memory": "peak memory of the provider with 30 creates over that with one",
  "check.no-op-time": "processor time of a no-op of 10 over the same with plain resources",
  ...Object.fromEntries(
    [1, 10, 30].flatMap((count) => [
      [`check.create.${count}`, `create of ${count}: calls beyond two for each`],
      [`check.no-op.${count}`, `no-op of ${count}: calls`],
      [`check.refresh.${count}`, `refresh of ${count}: calls`],
      [`check.destroy.${count}`, `destroy of ${count}: calls beyond one for each`],
    ]),
  ),
};

/**
 * Shares of the value that nobody questions: every feature adds to the package, and processor time and memory vary
 * more between computers and hours than a few runs on one show.
 */
export const SLACK: Readonly<Record<string, number>> = {
  "check.size": 0.1,
  "check.import": 0.3,
  "check.runtime": 0.3,
  "check.start": 0.3,
  "check.no-op-time": 0.3,
  "check.memory": 0.1,
};
