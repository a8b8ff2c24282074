import { deleteAll } from "./deletes.ts";
import type { Op } from "./deployer.ts";
import { type Executor, Reported } from "./executor.ts";
import type { Goal, ReadGoal } from "./goal.ts";
import type { Journal } from "./journal.ts";
import type { Plan, Planner } from "./planner.ts";
import { InitError } from "./plugin-errors.ts";
import { isConfigured, subjectOf } from "./plugins.ts";
import type { Provider } from "./provider.ts";
import type { ResourceState } from "./state.ts";
import { STACK_TYPE } from "./urn.ts";
import { changedKeys, type Props, restoreSecrets, secret, UNKNOWN, type Value } from "./values.ts";

export interface DeploymentOptions {
  dryRun: boolean;
  planner: Planner;
  executor: Executor;
  journal: Journal;
  plugin: (of: ResourceState) => Promise<Provider>;
  onOutputs: (state: ResourceState) => void;
}

export interface Registered {
  state: ResourceState;
  ok: boolean;
  /** Whether the resource was skipped, so that its outputs are unknown. */
  unknown: boolean;
}

/** Creates and updates the resources that a program registers. */
export class Deployment {
  readonly #o: DeploymentOptions;
  readonly #registered = new Map<string, ResourceState>();
  /** Deletions that must finish before these resources can be created anew. */
  readonly #deletions = new Map<string, Promise<void>>();

  constructor(o: DeploymentOptions) {
    this.#o = o;
  }

  get outputs(): Record<string, Value> {
    return [...this.#registered.values()].find((state) => state.type === STACK_TYPE)?.outputs ?? {};
  }

  async register(goal: Goal): Promise<Registered> {
    const plan = await this.#o.planner.plan(inherit(goal, this.#registered.get(goal.parent)));
    return await this.#carryOut(plan);
  }

  async read(goal: ReadGoal): Promise<Registered> {
    return await this.#carryOut(await this.#o.planner.planRead(goal));
  }

  registerOutputs(urn: string, outputs: Props): void {
    const state = this.#registered.get(urn);
    if (state === undefined) return;
    state.outputs = outputs;
    this.#o.journal.save();
    this.#o.onOutputs(state);
  }

  get(urn: string): ResourceState | undefined {
    return this.#registered.get(urn);
  }

  /** After the program: deletes what it did not request, and what has been replaced. */
  async deleteRest(): Promise<void> {
    const { planner, journal } = this.#o;
    const rest = journal.olds.filter((old) => {
      if (!planner.isTargeted(old.urn) || !journal.resources.includes(old)) return false;
      return old.delete || !planner.hasSeen(old.urn);
    });
    await deleteAll(this.#o, rest);
  }

  async #carryOut(plan: Plan): Promise<Registered> {
    const { executor, journal } = this.#o;
    const { next } = plan;
    this.#registered.set(next.urn, next);
    try {
      switch (plan.kind) {
        case "same":
          await executor.run("same", next.urn, async () => {
            next.id = plan.old.id;
            next.outputs = plan.old.outputs;
            journal.settle(next, plan.old);
            return undefined;
          });
          break;
        case "skip":
          return { state: next, ok: true, unknown: true };
        case "create":
          await this.#create("create", next);
          break;
        case "import":
          await this.#import(plan.id, next);
          break;
        case "update":
          await this.#update(plan.old, next);
          break;
        case "replace":
          await this.#replace(plan);
          break;
        case "read":
          await this.#read(plan);
          break;
      }
      return { state: next, ok: true, unknown: false };
    } catch (error) {
      // After a failure the program only gets a closed connection, unless the run continues on errors.
      if (error instanceof Reported && !executor.halted.aborted)
        return { state: next, ok: false, unknown: false };
      throw error;
    }
  }

  #create(op: Op, next: ResourceState, replaced?: { old: ResourceState; deleted: boolean }): Promise<void> {
    return this.#o.executor.run(op, next.urn, async () => {
      const failure = await this.#change(next, async (provider) => {
        const made = await provider.create(subjectOf(next), next.inputs, this.#o.dryRun);
        next.id = made.id;
        return made.outputs;
      });
      if (replaced !== undefined && !replaced.deleted) replaced.old.delete = true;
      this.#o.journal.settle(next, replaced?.old.pendingReplacement ? replaced.old : undefined);
      if (failure !== undefined) throw failure;
      return undefined;
    });
  }

  #update(old: ResourceState, next: ResourceState): Promise<void> {
    return this.#o.executor.run("update", next.urn, async () => {
      next.id = old.id;
      const failure = await this.#change(next, (provider) =>
        provider.update(subjectOf(next), old.id, old, next.inputs, this.#o.dryRun),
      );
      // The resource does not match the new inputs, so the next run must find a difference.
      if (failure !== undefined) next.inputs = old.inputs;
      this.#o.journal.settle(next, old);
      if (failure !== undefined) throw failure;
      return undefined;
    });
  }

  /**
   * Asks the provider to act, or only simulates it in a preview. Returns a partial failure; throws others.
   */
  async #change(
    next: ResourceState,
    act: (provider: Provider) => Promise<Props>,
  ): Promise<InitError | undefined> {
    if (!next.custom) return undefined;
    if (this.#o.dryRun && !(await this.#canForesee(next))) {
      next.outputs = next.inputs;
      return undefined;
    }
    let failure: InitError | undefined;
    try {
      next.outputs = await act(await this.#o.plugin(next));
    } catch (error) {
      if (!(error instanceof InitError)) throw error;
      failure = error;
      next.id ||= error.id;
      next.outputs = restoreSecrets(error.outputs, next.inputs);
      next.initErrors = error.reasons;
    }
    next.outputs = withSecretOutputs(next);
    return failure;
  }

  async #canForesee(next: ResourceState): Promise<boolean> {
    const provider = this.get(next.provider.slice(0, Math.max(0, next.provider.lastIndexOf("::"))));
    return isConfigured(provider) && (await this.#o.plugin(next)).supportsPreview;
  }

  async #import(id: string, next: ResourceState): Promise<void> {
    await this.#o.executor.run("import", next.urn, async () => {
      const provider = await this.#o.plugin(next);
      const found = await provider.read(subjectOf(next), id, undefined);
      if (found.id === "") throw new Error(`resource '${id}' does not exist`);
      const old = { ...next, id: found.id, inputs: found.inputs ?? {}, outputs: found.outputs };
      const diff = await provider.diff(subjectOf(next), found.id, old, next.inputs);
      if (diff.changes === "some") {
        throw new Error(
          `inputs to import do not match the existing resource: ${Object.keys(diff.detailed ?? {}).join(", ")}`,
        );
      }
      next.id = found.id;
      next.outputs = found.outputs;
      this.#o.journal.settle(next);
      return undefined;
    });
  }

  async #replace({ old, next, deleteFirst, cascade }: Extract<Plan, { kind: "replace" }>): Promise<void> {
    const replaced = () => this.#o.executor.run("replace", next.urn, async () => undefined);
    if (!deleteFirst) {
      await this.#create("create-replacement", next, { old, deleted: false });
      return await replaced();
    }
    await this.#deletions.get(old.urn);
    const doomed = old.pendingReplacement ? cascade : [...cascade, old];
    const deletion = deleteAll(this.#o, doomed, { pendingReplacement: true });
    for (const state of doomed) this.#deletions.set(state.urn, deletion);
    await deletion;
    await replaced();
    await this.#create("create-replacement", next, { old, deleted: true });
  }

  async #read({ old, next, replaces }: Extract<Plan, { kind: "read" }>): Promise<void> {
    const { executor, journal } = this.#o;
    await executor.run(replaces ? "read-replacement" : "read", next.urn, async () => {
      if (next.id !== UNKNOWN) {
        const found = await (await this.#o.plugin(next)).read(subjectOf(next), next.id, {
          ...next,
          outputs: next.inputs,
        });
        next.outputs = found.outputs;
        next.id = found.id || next.id;
        next.outputs = withSecretOutputs(next);
      }
      if (replaces && old !== undefined) old.delete = true;
      if (old !== undefined && changedKeys(old.outputs, next.outputs).length > 0) executor.count("read");
      journal.settle(next, replaces ? undefined : old);
      return undefined;
    });
    if (replaces) await executor.run("replace", next.urn, async () => undefined);
  }
}

/** Outputs are secret if the program says so, or if an input of that name is. */
export function withSecretOutputs(state: ResourceState): Props {
  const result = restoreSecrets(state.outputs, state.inputs);
  for (const key of state.additionalSecretOutputs) {
    if (result[key] !== undefined && key !== "id") result[key] = secret(result[key]);
  }
  return result;
}

/** Children inherit some of their parent's options. */
function inherit(goal: Goal, parent: ResourceState | undefined): Goal {
  if (parent === undefined) return goal;
  return {
    ...goal,
    deletedWith: goal.deletedWith || parent.deletedWith,
    protect: goal.protect ?? parent.protect,
    retainOnDelete: goal.retainOnDelete ?? parent.retainOnDelete,
  };
}
