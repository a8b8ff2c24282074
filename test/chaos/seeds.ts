import fc from "fast-check";
import { runScenario, type StackMaker } from "./run-scenario.ts";
import { type Scenario, scenarios } from "./scenario.ts";

export interface SeedResult {
  seed: number;
  seconds: number;
  /** What is wrong and with which scenario; absent when all held. */
  failure?: string;
}

/**
 * Plays the scenario that a number stands for.
 *
 * @param make what the stack is of; by default as much of an engine as a thousand scenarios can afford
 * @param shrink after a failure, whether to look for a smaller scenario that fails, too: minutes
 */
export async function runSeed(seed: number, shrink = false, make?: StackMaker): Promise<SeedResult> {
  const started = Date.now();
  const result = await fc.check(
    fc.asyncProperty(scenarios, (scenario) => runScenario(scenario, make)),
    {
      seed,
      numRuns: 1,
      // fast-check begins with small values; here one value is all there is.
      unbiased: true,
      endOnFailure: !shrink,
    },
  );
  const seconds = Math.round((Date.now() - started) / 100) / 10;
  if (!result.failed) return { seed, seconds };
  const [scenario] = (result.counterexample ?? []) as [Scenario?];
  const error = result.errorInstance as Error | undefined;
  return {
    seed,
    seconds,
    failure: `${error?.stack ?? error}\n${JSON.stringify(scenario, null, 1)}\nReplay with: npm run test:chaos -- --seed ${seed}`,
  };
}
