import type { Executor } from "./executor.ts";
import { type Goal, type ReadGoal, stateOf, stateOfRead } from "./goal.ts";
import { dependents, needs } from "./graph.ts";
import type { Journal } from "./journal.ts";
import { Olds } from "./olds.ts";
import { subjectOf } from "./plugins.ts";
import type { DiffResult, Provider } from "./provider.ts";
import type { ResourceState } from "./state.ts";
import { makeUrn, matches, STACK_TYPE, urnType } from "./urn.ts";
import { changedKeys, ignoreChanges, type Props, sameProps, UNKNOWN } from "./values.ts";

export type Plan =
  | { kind: "same"; old: ResourceState; next: ResourceState }
  /** Not among the targets, so it is not created, and nothing is known about it. */
  | { kind: "skip"; next: ResourceState }
  | { kind: "create"; next: ResourceState }
  /** An existing object is imported into the state. */
  | { kind: "import"; id: string; next: ResourceState }
  | { kind: "update"; old: ResourceState; next: ResourceState }
  | {
      kind: "replace";
      old: ResourceState;
      next: ResourceState;
      deleteFirst: boolean;
      cascade: ResourceState[];
    }
  | { kind: "read"; old: ResourceState | undefined; next: ResourceState; replaces: boolean };

export interface PlannerOptions {
  stack: string;
  project: string;
  targets: string[];
  replace: string[];
  journal: Journal;
  executor: Executor;
  plugin: (of: ResourceState) => Promise<Provider>;
  onDiff: (urn: string, diff: DiffResult) => void;
}

/** Decides for one resource after another what to do. */
export class Planner {
  readonly #o: PlannerOptions;
  readonly #olds: Olds;
  readonly #seen = new Set<string>();
  readonly #skipped = new Set<string>();
  readonly #replaced = new Set<string>();
  /** Deleted because a dependency is replaced. If requested again, they are created anew. */
  readonly #deleted = new Set<string>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(o: PlannerOptions) {
    this.#o = o;
    this.#olds = new Olds(o.journal.olds, o);
  }

  /** Makes one decision at a time, because each may depend on earlier ones. */
  plan(goal: Goal): Promise<Plan> {
    return this.#inTurn(() => this.#plan(goal));
  }

  planRead(goal: ReadGoal): Promise<Plan> {
    return this.#inTurn(async () => {
      const urn = this.#name(goal);
      const old = this.#olds.find(urn, { ...goal, aliases: [] });
      const replaces = old !== undefined && !old.external && old.id !== goal.id;
      if (replaces) this.#replaced.add(urn);
      return { kind: "read", old, next: stateOfRead(goal, urn), replaces };
    });
  }

  /** Whether the program has registered the resource, under this name or a new one. */
  hasSeen(urn: string): boolean {
    return this.#seen.has(this.#olds.renamed(urn) ?? urn);
  }

  isTargeted(urn: string): boolean {
    return this.#o.targets.length === 0 || matches(urn, this.#o.targets);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  #name(goal: { type: string; name: string; parent: string }): string {
    const urn = makeUrn({ ...goal, stack: this.#o.stack, project: this.#o.project });
    if (this.#seen.has(urn)) {
      throw this.#o.executor.reject(`Duplicate resource URN '${urn}'; try giving it a unique name`, urn);
    }
    this.#seen.add(urn);
    return urn;
  }

  async #plan(goal: Goal): Promise<Plan> {
    const urn = this.#name(goal);
    const old = this.#olds.find(urn, goal);
    if (old !== undefined && old.urn !== urn) this.#o.journal.rename(old.urn, urn);
    const next = stateOf(goal, urn);
    if (urnType(urn) !== STACK_TYPE && !this.isTargeted(urn)) return this.#planUntargeted(old, next);
    this.#refuseSkipped(next);

    const recreating = this.#deleted.delete(old?.urn ?? urn);
    const afresh =
      old === undefined ||
      recreating ||
      old.external ||
      (this.#o.replace.length > 0 && matches(urn, this.#o.replace));
    const ignored =
      old === undefined ? goal.inputs : ignoreChanges(goal.inputs, old.inputs, goal.ignoreChanges);
    next.inputs = await (afresh ? this.#check(next, goal.inputs) : this.#check(next, ignored, old.inputs));

    if (old === undefined && goal.importId !== "") return { kind: "import", id: goal.importId, next };
    if (old === undefined) return { kind: "create", next };
    if (recreating) {
      this.#replaced.add(urn);
      return { kind: "replace", old, next, deleteFirst: true, cascade: [] };
    }
    if (old.external) return { kind: "replace", old, next, deleteFirst: false, cascade: [] };
    const diff: DiffResult = afresh
      ? { changes: "some", replaces: ["id"], deleteBeforeReplace: false }
      : await this.#diff(old, next);
    if (diff.replaces.length > 0 || old.pendingReplacement) {
      return await this.#planReplacement(old, next, goal, diff, afresh);
    }
    return { kind: diff.changes === "some" || old.initErrors.length > 0 ? "update" : "same", old, next };
  }

  #planUntargeted(old: ResourceState | undefined, next: ResourceState): Plan {
    if (old !== undefined) return { kind: "same", old, next: { ...old, urn: next.urn, parent: next.parent } };
    this.#skipped.add(next.urn);
    return { kind: "skip", next };
  }

  #refuseSkipped(next: ResourceState): void {
    for (const urn of needs(next)) {
      if (!this.#skipped.has(urn)) continue;
      const message = `Resource '${next.urn}' depends on '${urn}' which was not specified in --target list.`;
      throw this.#o.executor.reject(message, next.urn);
    }
  }

  async #planReplacement(
    old: ResourceState,
    next: ResourceState,
    goal: Goal,
    diff: DiffResult,
    checked: boolean,
  ): Promise<Plan> {
    if (next.protect && old.protect) {
      throw this.#o.executor.reject(
        `unable to replace resource "${next.urn}"\nas it is currently marked for protection. To unprotect the ` +
          "resource, remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`",
        next.urn,
      );
    }
    this.#replaced.add(next.urn);
    // Values that the provider carried over from the old resource are wrong for a new one.
    if (!checked) next.inputs = await this.#check(next, goal.inputs);
    const deleteFirst = goal.deleteBeforeReplace ?? diff.deleteBeforeReplace;
    const cascade = deleteFirst ? await this.#cascade(old) : [];
    return { kind: "replace", old, next, deleteFirst, cascade };
  }

  /** The dependents, in order of deletion, that must go when a resource is deleted before it is replaced. */
  async #cascade(root: ResourceState): Promise<ResourceState[]> {
    const condemned = new Set([root.urn]);
    const found: ResourceState[] = [];
    for (const state of dependents(this.#o.journal.olds, [root.urn])) {
      if (this.hasSeen(state.urn) || state.external || !state.custom || state.delete) continue;
      if (!(await this.#fallsWith(state, condemned))) continue;
      if (state.protect) {
        throw this.#o.executor.reject(
          `unable to replace resource "${state.urn}" as part of replacing "${root.urn}" ` +
            "as it is currently marked for protection",
          root.urn,
        );
      }
      condemned.add(state.urn);
      found.unshift(state);
      this.#deleted.add(state.urn);
    }
    return found;
  }

  async #fallsWith(state: ResourceState, condemned: Set<string>): Promise<boolean> {
    if (condemned.has(state.deletedWith)) return true;
    const affected = Object.entries(state.propertyDependencies)
      .filter(([, urns]) => urns.some((urn) => condemned.has(urn)))
      .map(([key]): [string, string] => [key, UNKNOWN]);
    if (affected.length === 0) return false;
    const inputs = { ...state.inputs, ...Object.fromEntries(affected) };
    const diff = await this.#diff(state, { ...state, inputs });
    return diff.replaces.length > 0;
  }

  #provider(next: ResourceState): Promise<Provider> {
    return this.#o.plugin(next).catch((error: Error) => {
      throw this.#o.executor.reject(error.message, next.urn);
    });
  }

  async #check(next: ResourceState, news: Props, olds?: Props): Promise<Props> {
    if (!next.custom) return news;
    const provider = await this.#provider(next);
    const subject = subjectOf(next);
    const { inputs, failures } = await provider.check(subject, olds, news).catch((error: Error) => {
      throw this.#o.executor.reject(error.message, next.urn);
    });
    const who = `${next.type} resource '${subject.name}'`;
    for (const { property, reason } of failures) {
      const what = property === "" ? who : `${who}: property ${property} value {${show(inputs[property])}}`;
      this.#o.executor.report(`${what} has a problem: ${reason}`, next.urn);
    }
    if (failures.length > 0) {
      this.#o.executor.halt();
      throw new Error(`resource ${next.urn} is invalid`);
    }
    return inputs;
  }

  async #diff(old: ResourceState, next: ResourceState): Promise<DiffResult> {
    const keep = { changes: "some", deleteBeforeReplace: false } as const;
    if (this.#replaced.has(next.deletedWith)) return { ...keep, replaces: ["deletedWith"] };
    if (old.custom !== next.custom) return { ...keep, replaces: ["provider"] };
    if (!next.custom) {
      return { ...keep, changes: sameProps(old.inputs, next.inputs) ? "none" : "some", replaces: [] };
    }
    const provider = await this.#provider(next);
    const diff = await provider.diff(subjectOf(next), old.id, old, next.inputs).catch((error: Error) => {
      throw this.#o.executor.reject(error.message, next.urn);
    });
    this.#o.onDiff(next.urn, diff);
    // As in the engine, a provider that names no changed property has the last word.
    const changed =
      diff.changes === "unknown"
        ? changedKeys(old.inputs, ignoreChanges(next.inputs, old.inputs, next.ignoreChanges))
        : Object.keys(diff.detailed ?? {});
    const forced = changed.filter(
      (key) => next.replaceOnChanges.includes(key) || next.replaceOnChanges.includes("*"),
    );
    const changes = changed.length > 0 ? ("some" as const) : ("none" as const);
    return {
      ...diff,
      ...(diff.changes === "unknown" && { changes }),
      replaces: [...diff.replaces, ...forced],
    };
  }
}

const show = (value: unknown): string => (value === undefined ? "" : String(value));
