import * as v from "valibot";
import type { Phase as KnownPhase } from "../../core/operation/timeline.ts";
import { resourcesIn } from "../pulumi.ts";
import type { Style } from "../terminal.ts";

/** How one create spent its time, as `Instance` records it in its outputs. */
const timelineSchema = v.looseObject({
  /** ISO 8601. */
  startedAt: v.pipe(
    v.string(),
    v.check((text) => !Number.isNaN(Date.parse(text))),
  ),
  phases: v.array(
    v.looseObject({
      phase: v.string(),
      /** Milliseconds since the create's start. */
      startedAt: v.pipe(v.number(), v.minValue(0)),
      seconds: v.pipe(v.number(), v.minValue(0)),
      attempts: v.optional(v.number(), 1),
    }),
  ),
});

/** Only what is shown, since an export has an object in place of a secret. */
const hostSchema = v.union([v.string(), v.looseObject({ ssh: v.string() })]);

/** One phase of a create. Moments are milliseconds since the epoch. */
export interface Phase {
  name: string;
  start: number;
  end: number;
  attempts: number;
}

export interface Create {
  urn: string;
  /** Pulumi's logical name, with the host if it is another one, as `db on lab2`. */
  name: string;
  start: number;
  end: number;
  phases: Phase[];
  ready: boolean;
}

/**
 * The creates recorded in a stack's state, the earliest first. Skips resources without a timeline (other
 * kinds, or created by an older version).
 *
 * @param exported the JSON of `pulumi stack export`
 * @throws Error if it is not such JSON
 */
export function createsIn(exported: unknown): Create[] {
  return resourcesIn(exported)
    .flatMap(({ urn, outputs }) => {
      const timeline = v.safeParse(timelineSchema, outputs["timeline"]);
      if (!timeline.success || timeline.output.phases.length === 0) return [];
      const start = Date.parse(timeline.output.startedAt);
      const phases = timeline.output.phases.map(({ phase, startedAt, seconds, attempts }) => ({
        name: phase,
        start: start + startedAt,
        end: start + startedAt + seconds * 1000,
        attempts,
      }));
      const end = Math.max(...phases.map((phase) => phase.end));
      return [
        { urn, name: nameOf(urn, outputs["host"]), start, end, phases, ready: outputs["ready"] !== false },
      ];
    })
    .sort((a, b) => a.start - b.start || a.name.localeCompare(b.name));
}

/** `project/stack` of the creates, from their URNs. */
export function stackOf([create]: readonly Create[]): string {
  const [, , stack, project] = create?.urn.split(/::?/) ?? [];
  return project && stack ? `${project}/${stack}` : "this stack";
}

function nameOf(urn: string, host: unknown): string {
  const name = urn.slice(urn.lastIndexOf("::") + 2);
  const given = v.safeParse(hostSchema, host);
  if (!given.success) return name;
  return `${name} on ${typeof given.output === "string" ? given.output : given.output.ssh}`;
}

/** Creates of one `pulumi up`, which share an axis. */
export interface Run {
  start: number;
  end: number;
  creates: Create[];
}

/** Milliseconds without any create after which the next one counts as another `up`. */
const APART_MS = 10 * 60_000;

/** Groups creates by their `up`. On one axis, days between two of them would squeeze the bars to nothing. */
export function runsOf(creates: readonly Create[]): Run[] {
  const runs: Run[] = [];
  for (const create of creates) {
    const last = runs.at(-1);
    if (last && create.start - last.end < APART_MS) {
      last.creates.push(create);
      last.end = Math.max(last.end, create.end);
    } else {
      runs.push({ start: create.start, end: create.end, creates: [create] });
    }
  }
  return runs;
}

/** Seconds that each phase took in all creates together, in order of the phases' first appearance. */
export function totals(creates: readonly Create[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { phases } of creates) {
    for (const { name, start, end } of phases) sums.set(name, (sums.get(name) ?? 0) + (end - start) / 1000);
  }
  const order = Object.keys(LOOKS);
  return new Map([...sums].sort(([a], [b]) => order.indexOf(rowOf(a)) - order.indexOf(rowOf(b))));
}

/**
 * How a phase is described, and drawn in a terminal and in a picture. A terminal without colours distinguishes
 * the phases only by their letters. Text in a bar of a picture has a contrast of at least 4.5:1.
 */
type Look = readonly [meaning: string, letter: string, style: Style, light: string, dark: string];

/** The phases of a create in order. Their colours are warm for waiting, cool for work. */
export const LOOKS: Readonly<Record<KnownPhase | "other", Look>> = {
  daemon: ["waiting for the Multipass daemon", "d", "red", "#c2410c", "#f97316"],
  images: ["waiting for the image list", "i", "yellow", "#a16207", "#f2b43c"],
  queue: ["waiting for other launches and starts", "q", "white", "#57534e", "#c4bdb5"],
  download: ["downloading the image", "l", "blue", "#0369a1", "#38a3dc"],
  prepare: ["preparing the image", "p", "cyan", "#5b6fb5", "#94a4e6"],
  boot: ["booting", "b", "magenta", "#7c3aed", "#b08cf9"],
  "cloud-init": ["waiting for cloud-init", "c", "green", "#0b7a60", "#3cc6a2"],
  mounts: ["mounting folders", "m", "yellowBright", "#0e7490", "#4fc3d9"],
  checks: ["waiting for your own checks", "k", "magentaBright", "#be3a7f", "#f07fb8"],
  other: ["", "?", "gray", "#667085", "#98a2b3"],
};

/** The row of a phase in `LOOKS`. Later versions may record phases that this one does not know. */
export function rowOf(phase: string): keyof typeof LOOKS {
  return Object.hasOwn(LOOKS, phase) ? (phase as keyof typeof LOOKS) : "other";
}

export function describe(phase: string): string {
  const [meaning] = LOOKS[rowOf(phase)];
  return meaning || phase;
}
