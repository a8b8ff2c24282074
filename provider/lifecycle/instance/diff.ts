import { shrinks } from "../../multipass/size.ts";
import type { CheckFailure } from "../check.ts";
import type { Cost, DiffResult } from "../difference.ts";
import { changesBetween, type Verdict } from "./changes.ts";
import { shrinking } from "./check.ts";
import type { InstanceInputs, InstanceState } from "./model.ts";

/** What changes in place, but not without a restart of the machine; empty where none is running. */
export function restartsFor(olds: InstanceState, news: InstanceInputs): string[] {
  return olds.state === "Running" ? needStop(olds, news) : [];
}

/** What changes in place, but only while the machine is stopped. */
function needStop(olds: InstanceState, news: InstanceInputs): string[] {
  const changes = changesBetween(olds, news);
  if (changes.some(({ verdict }) => verdict === "replace")) return [];
  return changes.filter(({ verdict }) => verdict === "restart").map(({ property }) => property);
}

/**
 * Why the update would refuse what `check` had to let pass: it compares arguments, and does not know what was left to Multipass. No reason to
 * fail a diff, which a refresh makes as well.
 */
export function refusalsBy(olds: InstanceState, news: InstanceInputs): CheckFailure[] {
  const stopped = needStop(olds, news);
  const failures: CheckFailure[] = [];
  if (stopped.includes("disk") && shrinks(olds.disk, news.disk)) {
    failures.push(shrinking(olds.disk, news.disk));
  }
  if (news.allowRestart === false && olds.state !== "Stopped" && stopped.length > 0) {
    failures.push({
      property: stopped.join(", "),
      reason: "can change only with a restart of the instance, and `allowRestart` is false",
    });
  }
  return failures;
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
