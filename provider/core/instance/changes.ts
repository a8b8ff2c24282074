import type { CheckFailure, Cost } from "../description.ts";
import { type Costs, difference } from "../difference.ts";
import {
  ARGUMENTS,
  answersOf,
  INSTANCE,
  type InstanceInputs,
  type InstanceState,
  type Verdict,
  wantsOtherState,
} from "./model.ts";
import { asFailures, refusalsOf } from "./refusals.ts";

export interface Change {
  property: keyof InstanceState;
  verdict: Verdict;
}

/** An earlier state without the arguments that a program may have removed since. */
export function withoutArguments(olds: Partial<InstanceState>): Partial<InstanceState> {
  const instance = { ...olds };
  for (const name of ARGUMENTS) if (answersOf(name).leftOut === "drops") delete instance[name];
  return instance;
}

/** Every difference that the next update has to handle, and its cost. */
export function changesBetween(olds: InstanceState, news: InstanceInputs): Change[] {
  const costs = difference<Verdict, InstanceState>(olds, news, INSTANCE);
  const changes = Object.entries(costs).map(([property, verdict]) => ({ property, verdict }) as Change);
  if (wantsOtherState(news.powerState, olds.state)) changes.push({ property: "state", verdict: "live" });
  if (!olds.ready) changes.push({ property: "ready", verdict: "live" });
  return changes;
}

/** The properties that change in place but restart the instance. Empty if it is not running. */
export function restartsFor(olds: InstanceState, news: InstanceInputs): string[] {
  return olds.state === "Running" ? needStop(olds, news).map(({ property }) => property) : [];
}

function needStop(olds: InstanceState, news: InstanceInputs): Change[] {
  const changes = changesBetween(olds, news);
  if (changes.some(({ verdict }) => verdict === "replace")) return [];
  return changes.filter(({ verdict }) => verdict === "restart");
}

/**
 * The reasons why the update would refuse what `check` let pass: `check` does not know the values that were
 * left to Multipass. They must not fail a diff, because a refresh makes one as well.
 */
export function refusalsBy(olds: InstanceState, news: InstanceInputs): CheckFailure[] {
  return asFailures(refusalsOf({ changes: needStop(olds, news), has: olds, asked: news }));
}

const COSTS: Record<Verdict, Cost> = {
  replace: "replace",
  restart: "update",
  live: "update",
  record: "record",
};

/** Tells from the recorded state alone what an update has to do. Does not call Multipass. */
export function costsOf(olds: InstanceState, news: InstanceInputs): Costs {
  const costs = changesBetween(olds, news).map(({ property, verdict }) => [property, COSTS[verdict]]);
  return Object.fromEntries(costs);
}
