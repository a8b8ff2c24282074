import type { CheckFailure } from "../check.ts";
import type { Cost } from "../description.ts";
import type { DiffResult } from "../difference.ts";
import { type Change, changesBetween } from "./changes.ts";
import type { InstanceInputs, InstanceState, Verdict } from "./model.ts";
import { asFailures, refusalsOf } from "./refusals.ts";

/** What changes in place, but not without a restart of the instance. Empty where it does not run. */
export function restartsFor(olds: InstanceState, news: InstanceInputs): string[] {
  return olds.state === "Running" ? needStop(olds, news).map(({ property }) => property) : [];
}

/** What changes in place, but only while the instance is stopped. */
function needStop(olds: InstanceState, news: InstanceInputs): Change[] {
  const changes = changesBetween(olds, news);
  if (changes.some(({ verdict }) => verdict === "replace")) return [];
  return changes.filter(({ verdict }) => verdict === "restart");
}

/**
 * Why the update would refuse what `check` had to let pass: it compares arguments, and does not know what was left to Multipass. No reason to
 * fail a diff, which a refresh makes as well.
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

/** Tells what an update would have to do, from what is written down alone: no call of Multipass. */
export function diffInstance(olds: InstanceState, news: InstanceInputs): DiffResult {
  const changes = changesBetween(olds, news);
  const replaces = changes.filter(({ verdict }) => verdict === "replace").map(({ property }) => property);
  return {
    changes: changes.length > 0,
    replaces,
    // The name is the machine's identity: two of one name cannot stand side by side. An automatic one is made up anew for the
    // replacement. `pulumi up --replace`, which asks for no diff, goes by the option that the resource sets.
    deleteBeforeReplace: news.name === olds.name && !news.automaticName,
    costs: Object.fromEntries(changes.map(({ property, verdict }) => [property, COSTS[verdict]])),
  };
}
