import { type ErrorKind, MultipassError } from "../../driver/errors.ts";
import { shrinks } from "../../driver/size.ts";
import type { CheckFailure, Cost } from "../description.ts";

/** Why a change is refused before anything is done. */
export interface Refusal {
  kind: ErrorKind;
  property: string;
  /** The fault: the rest of a sentence that begins with the property's name. */
  reason: string;
  /** The reason for a secret argument, if `reason` shows a part of its value. */
  ifSecret?: string;
  /** Advice for the user, in the imperative. */
  remedy: string;
}

/** A change of an instance, or work in it. Unknown values are left out. */
export interface Plan {
  /** `stop`: work for which the instance, named as the property, has to be stopped. */
  changes: Readonly<Record<string, Cost | "stop">>;
  has: { name?: string; disk?: string; state?: string; deletionPolicy?: string };
  asked: { name?: string; disk?: string; allowRestart?: boolean; automaticName?: boolean };
}

/** A property, and what its change costs. */
interface Change {
  property: string;
  cost: Cost | "stop";
}

interface Rule extends Pick<Refusal, "kind" | "ifSecret"> {
  forbids(change: Change, plan: Plan): boolean;
  reason(plan: Plan, change: Change): string;
  remedy(change: Change, plan: Plan): string;
}

const RULES: readonly Rule[] = [
  {
    kind: "instance-exists",
    forbids: ({ cost }, { has, asked }) =>
      cost === "replace" && has.deletionPolicy === "keep" && has.name === asked.name && !asked.automaticName,
    reason: () =>
      'replaces the instance, but with `deletionPolicy: "keep"` the old one is only marked as deleted and keeps its name',
    remedy: () => 'Apply `deletionPolicy: "purge"` first, or give the new instance another name',
  },
  {
    kind: "size-invalid",
    forbids: ({ property }, { has, asked }) => property === "disk" && shrinks(has.disk, asked.disk),
    reason: ({ has, asked }) =>
      `cannot shrink from ${has.disk} to ${asked.disk}: Multipass can only expand a disk`,
    ifSecret: "cannot shrink: Multipass can only expand a disk",
    remedy: () => "Ask for at least its current size, or replace the instance with `pulumi up --replace`",
  },
  {
    kind: "instance-not-stopped",
    forbids: ({ cost }, { has, asked }) =>
      ["restart", "stop"].includes(cost) && asked.allowRestart === false && has.state !== "Stopped",
    reason: ({ has }, { cost }) =>
      `${cost === "stop" ? `is ${has.state}` : "can change only with a restart of the instance"}, and \`allowRestart\` is false`,
    remedy({ property, cost }, { has }) {
      const first = cost === "stop" ? `\`multipass stop ${has.name}\`` : '`powerState: "stopped"`';
      const instead = property === "mounts" ? ", or use classic mounts" : "";
      return `Set \`allowRestart\` to true, or stop the instance first with ${first}${instead}`;
    },
  },
];

/** Every reason why a change would fail or must not happen. */
export function refusalsOf(plan: Plan): Refusal[] {
  return RULES.flatMap(({ forbids, reason, remedy, ...rule }) =>
    Object.entries(plan.changes)
      .map(([property, cost]) => ({ property, cost }))
      .filter((change) => forbids(change, plan))
      .map((change) => ({
        ...rule,
        property: change.property,
        reason: reason(plan, change),
        remedy: remedy(change, plan),
      })),
  );
}

export function asFailures(refusals: readonly Refusal[]): CheckFailure[] {
  return refusals.map(({ property, reason, ifSecret, remedy }) => ({
    property,
    reason: `${reason}. ${remedy}`,
    ...(ifSecret !== undefined && { ifSecret: { property, reason: `${ifSecret}. ${remedy}` } }),
  }));
}

/** @throws MultipassError for the first refusal, if there is one */
export function refuse(headline: string, [refusal]: readonly Refusal[]): void {
  if (!refusal) return;
  const { kind, property, reason, remedy } = refusal;
  throw new MultipassError(headline, { kind, details: `${property} ${reason}`, remedy: `${remedy}.` });
}
