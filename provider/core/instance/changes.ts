import { type CheckFailure, type Costs, difference } from "../description.ts";
import {
  ARGUMENTS,
  answersOf,
  INSTANCE,
  type InstanceInputs,
  type InstanceState,
  wantsOtherState,
} from "./model.ts";
import { asFailures, refusalsOf } from "./refusals.ts";

/** An earlier state without the arguments that a program may have removed since. */
export function withoutArguments(olds: Partial<InstanceState>): Partial<InstanceState> {
  const instance = { ...olds };
  for (const name of ARGUMENTS) if (answersOf(name).leftOut === "drops") delete instance[name];
  return instance;
}

/** Every difference that the next update has to handle, by the recorded state alone. */
export function changesBetween(olds: InstanceState, news: InstanceInputs): Costs {
  const costs = difference(olds, news, INSTANCE);
  if (wantsOtherState(news.powerState, olds.state)) costs["state"] = "live";
  if (!olds.ready) costs["ready"] = "live";
  return costs;
}

/** The properties that change in place but restart the instance. Empty if it is not running. */
export function restartsFor(olds: InstanceState, news: InstanceInputs): string[] {
  return olds.state === "Running" ? Object.keys(needStop(olds, news)) : [];
}

function needStop(olds: InstanceState, news: InstanceInputs): Costs {
  const changes = Object.entries(changesBetween(olds, news));
  if (changes.some(([, cost]) => cost === "replace")) return {};
  return Object.fromEntries(changes.filter(([, cost]) => cost === "restart"));
}

/**
 * The reasons why the update would refuse what `check` let pass: `check` does not know the values that were
 * left to Multipass. They must not fail a diff, because a refresh makes one as well.
 */
export function refusalsBy(olds: InstanceState, news: InstanceInputs): CheckFailure[] {
  return asFailures(refusalsOf({ changes: needStop(olds, news), has: olds, asked: news }));
}
