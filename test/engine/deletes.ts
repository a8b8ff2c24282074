import { type Executor, Halted, Refused } from "./executor.ts";
import { deletionOrder, needs } from "./graph.ts";
import type { Journal } from "./journal.ts";
import { subjectOf } from "./plugins.ts";
import type { Provider } from "./provider.ts";
import type { ResourceState } from "./state.ts";

export interface DeleteOptions {
  dryRun: boolean;
  executor: Executor;
  journal: Journal;
  plugin: (of: ResourceState) => Promise<Provider>;
}

/** Deletes resources in parallel, but dependents before their dependencies. */
export async function deleteAll(
  o: DeleteOptions,
  doomed: ResourceState[],
  { pendingReplacement = false } = {},
): Promise<void> {
  const urns = new Set(doomed.map((state) => state.urn));
  /** URNs that must stay because a dependent could not be deleted. */
  const kept = new Set<string>();
  let failure: unknown;
  for (const layer of deletionOrder(doomed)) {
    const free = layer.filter((state) => !kept.has(state.urn));
    for (const state of layer) if (kept.has(state.urn)) keep(state, kept);
    const results = await Promise.allSettled(
      free.map((state) => deleteOne(o, state, urns, pendingReplacement)),
    );
    for (const [index, result] of results.entries()) {
      if (result.status === "fulfilled") continue;
      failure ??= result.reason;
      const state = free[index];
      if (state !== undefined) keep(state, kept);
    }
    if (failure instanceof Halted || o.executor.halted.aborted) break;
  }
  if (failure !== undefined) throw failure;
}

function keep(state: ResourceState, kept: Set<string>): void {
  for (const urn of needs(state)) kept.add(urn);
}

function deleteOne(
  o: DeleteOptions,
  state: ResourceState,
  doomed: Set<string>,
  pendingReplacement: boolean,
): Promise<void> {
  const { urn } = state;
  if (state.pendingReplacement && !state.delete) {
    return o.executor.run("remove-pending-replace", urn, async () => {
      o.journal.remove(state);
      return undefined;
    });
  }
  const replacing = state.delete || pendingReplacement;
  return o.executor.run(replacing ? "delete-replaced" : "delete", urn, async () => {
    if (!replacing && state.protect) {
      throw new Refused(
        `resource "${urn}" cannot be deleted\nbecause it is protected. To unprotect the resource, either remove ` +
          "the `protect` flag from the resource in your Pulumi program and run `pulumi up`, or use the command:\n" +
          `\`pulumi state unprotect '${urn}'\``,
      );
    }
    const isOurs = state.custom && !state.external && !state.retainOnDelete && !doomed.has(state.deletedWith);
    if (isOurs && !o.dryRun) {
      await (await o.plugin(state)).delete(subjectOf(state), state.id, state);
    }
    if (pendingReplacement) state.pendingReplacement = true;
    else o.journal.remove(state);
    return undefined;
  });
}
