import { isDeepStrictEqual } from "node:util";
import {
  ARGUMENTS,
  answersOf,
  type InstanceInputs,
  type InstanceState,
  type Verdict,
  wantsOtherState,
} from "./model.ts";

export interface Change {
  property: keyof InstanceState;
  verdict: Verdict;
}

/**
 * The part of an earlier state about the instance itself. Arguments removed from the program must not stay.
 */
export function withoutArguments(olds: Partial<InstanceState>): Partial<InstanceState> {
  const instance = { ...olds };
  for (const name of ARGUMENTS) if (answersOf(name).leftOut === "drops") delete instance[name];
  return instance;
}

/** Every difference that the next update has to handle, and its cost. */
export function changesBetween(olds: InstanceState, news: InstanceInputs): Change[] {
  const changes = ARGUMENTS.flatMap<Change>((property) => {
    const verdict = verdictOn(property, olds, news);
    return verdict === undefined ? [] : [{ property, verdict }];
  });
  if (wantsOtherState(news.powerState, olds.state)) changes.push({ property: "state", verdict: "live" });
  if (!olds.ready) changes.push({ property: "ready", verdict: "live" });
  return changes;
}

function verdictOn(
  property: keyof InstanceInputs,
  olds: InstanceState,
  news: InstanceInputs,
): Verdict | undefined {
  const { change, leftOut } = answersOf(property);
  const [asked, was] = [news[property], olds[property]];
  if (change === "never" || (asked === undefined && leftOut === "keeps")) return undefined;
  if (typeof change === "function") return change(asked, was, olds);
  return isDeepStrictEqual(asked, was) ? undefined : change;
}
