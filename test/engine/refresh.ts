import type { Op } from "./deployer.ts";
import { withSecretOutputs } from "./deployment.ts";
import type { Executor } from "./executor.ts";
import type { Journal } from "./journal.ts";
import { InitError } from "./plugin-errors.ts";
import { subjectOf } from "./plugins.ts";
import type { Provider } from "./provider.ts";
import type { ResourceState } from "./state.ts";
import { changedKeys, restoreSecrets } from "./values.ts";

export interface RefreshOptions {
  resources: ResourceState[];
  executor: Executor;
  journal: Journal;
  plugin: (of: ResourceState) => Promise<Provider>;
  warn: (message: string, urn: string) => void;
}

/** Reads every resource and updates the state; removes what no longer exists. The program does not run. */
export async function refreshAll(o: RefreshOptions): Promise<void> {
  const gone: ResourceState[] = [];
  await Promise.allSettled(
    o.resources.map((old) => o.executor.run("refresh", old.urn, () => refreshOne(o, old, gone))),
  );
  o.journal.forget(gone);
  o.journal.save();
}

async function refreshOne(o: RefreshOptions, old: ResourceState, gone: ResourceState[]): Promise<Op> {
  if (!old.custom || old.pendingReplacement) return "same";
  const plugin = await o.plugin(old);
  const subject = subjectOf(old);
  const fresh = { ...old, initErrors: [] as string[] };
  try {
    const found = await plugin.read(subject, old.id, old);
    if (found.id === "") {
      gone.push(old);
      return "delete";
    }
    Object.assign(fresh, { id: found.id, outputs: found.outputs, inputs: found.inputs ?? old.inputs });
  } catch (error) {
    if (!(error instanceof InitError)) throw error;
    o.warn(`Refreshed resource is in an unhealthy state:\n* ${error.reasons.join("\n* ")}`, old.urn);
    Object.assign(fresh, {
      id: error.id,
      outputs: restoreSecrets(error.outputs, old.outputs),
      initErrors: error.reasons,
    });
  }
  fresh.outputs = withSecretOutputs(fresh);
  o.journal.exchange(old, fresh);
  if (old.external) return changedKeys(old.outputs, fresh.outputs).length === 0 ? "same" : "update";
  // The provider compares the program's last request with the real object, and says if an `up` would change
  // anything.
  const diff = await plugin.diff(subject, fresh.id, fresh, old.inputs);
  if (diff.changes === "none") return "same";
  if (diff.changes === "some") return "update";
  return changedKeys(fresh.inputs, old.inputs).length === 0 ? "same" : "update";
}
