import type { Multipass } from "./context.ts";
import type { Operation } from "./operation/operation.ts";
import { type CommonProperties, perform } from "./perform.ts";
import { isUndone, settle, undoneWork } from "./restored.ts";
import type { Run } from "./run.ts";
import { isUnknown } from "./unknown.ts";

/** What a restore of its instance means for a resource. */
export interface Restorable<I, S> {
  /** The name of the instance. */
  in(inputs: I | S): unknown;
  /** The state without what a restore may have undone. A command, which has none, only gets a warning. */
  withoutUndone?(olds: S): S;
  putBack?: { while: "stopped" | "running"; run(op: Operation, inputs: I): Promise<unknown> };
  /** The update after a restore, if the usual one does not work on a state without what was undone. */
  update?(op: Operation, olds: S, news: I, id: string): Promise<{ outs: S }>;
}

/** Keeps a resource's changes to an instance in place across restores of the instance. */
export function afterRestores<I extends CommonProperties, S extends CommonProperties>({
  in: instanceOf,
  withoutUndone,
  putBack,
}: Restorable<I, S>) {
  /** Notes the resource, for a restore of its instance later in this run. */
  const noting = <T>(run: Run, news: I, use: (multipass: Multipass, instance: string) => Promise<T>) =>
    onInstance(run, news, (multipass, instance) => {
      const outcome = () => "put back after the restore";
      const again = putBack && {
        while: putBack.while,
        run: () => perform(run, "update", news, putBack.run, { outcome }),
      };
      multipass.holdings.set(news.owner, { instance, putBack: again });
      return use(multipass, instance);
    });

  function onInstance<T>(
    run: Run,
    properties: I | S,
    use: (multipass: Multipass, instance: string) => Promise<T>,
  ): Promise<T | undefined> {
    const instance = instanceOf(properties);
    if (typeof instance !== "string" || isUnknown(instance)) return Promise.resolve(undefined);
    return run.noting(properties, (multipass) => use(multipass, instance));
  }

  return {
    /** Records the resource. @returns its state without what was undone; undefined if nothing was */
    async seen(run: Run, olds: S, news: I, changes: boolean): Promise<S | undefined> {
      const undone = await noting(run, news, (multipass, instance) =>
        isUndone(multipass, instance, news.owner),
      );
      if (!undone) return undefined;
      if (withoutUndone) return withoutUndone(olds);
      if (changes) return undefined;
      run.warnOnce(news.owner, `a restore ${undoneWork("this command")}`);
      // After a preview the update must still give the warning.
      if (!run.isUpdate) return undefined;
      await onInstance(run, news, (multipass, instance) => settle(multipass, instance, news.owner));
      return undefined;
    },

    /** Records that the instance matches the resource's arguments. */
    async settled(run: Run, news: I): Promise<void> {
      await noting(run, news, (multipass, instance) => settle(multipass, instance, news.owner));
    },

    async gone(run: Run, state: S): Promise<void> {
      await onInstance(run, state, async ({ holdings }, instance) => {
        // A replacement may be in another instance by now.
        if (holdings.get(state.owner)?.instance === instance) holdings.delete(state.owner);
      });
    },
  };
}
