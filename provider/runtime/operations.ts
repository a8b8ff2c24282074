import type { CheckResult } from "../lifecycle/check.ts";
import type { Context } from "../lifecycle/context.ts";
import type { DiffResult } from "../lifecycle/difference.ts";
import { isMultipassError } from "../multipass/errors.ts";
import { type CommonProperties, type FromPulumi, operation } from "../operation.ts";
import { readResult } from "./read-result.ts";
import { afterRestores, type Restorable } from "./restored.ts";

/** What the lifecycle has for a resource of arguments `I` and state `S`. */
interface Lifecycle<I, S> {
  check(olds: Partial<S>, news: Record<string, unknown>): CheckResult<I>;
  diff(olds: S, news: I): DiffResult;
  create(ctx: Context, inputs: I): Promise<{ id: string; outs: S }>;
  /** Undefined where it is gone. */
  read(ctx: Context, state: S): Promise<S | undefined>;
  update(ctx: Context, olds: S, news: I, id: string): Promise<{ outs: S }>;
  delete(ctx: Context, state: S): Promise<void>;
  /** What a row says when its resource was created or updated. */
  outcome(state: S, ms: number): string;
  /** What a row says when its resource was deleted. Default: that it was removed. */
  deletion?(state: S): string;
  restorable?: Restorable<I, S>;
}

/** What a row says after a refresh that had to wait. */
export const READ = () => "read";

/** The operations of a resource, in the signatures of Pulumi's dynamic `ResourceProvider`. */
export function operationsOf<I extends CommonProperties, S extends CommonProperties>(
  lifecycle: Lifecycle<I, S>,
) {
  const made = ({ outs }: { outs: S }, ms: number) => lifecycle.outcome(outs, ms);
  const restores = lifecycle.restorable && afterRestores(lifecycle.restorable);
  return {
    async check(olds: Partial<S>, news: Record<string, unknown>) {
      return lifecycle.check(olds, news);
    },

    async diff(_id: string, olds: S, news: I) {
      const found = lifecycle.diff(olds, news);
      const undone = await restores?.seen(olds, news, found.changes);
      return undone ? lifecycle.diff(undone, news) : found;
    },

    async create(inputs: FromPulumi<I>) {
      const created = await operation<I, { id: string; outs: S }>(inputs, lifecycle.create, {}, made);
      await restores?.settled(inputs);
      return created;
    },

    async read(id: string, state: FromPulumi<S>) {
      return readResult(id, await operation<S, S | undefined>(state, lifecycle.read, {}, READ));
    },

    async update(id: string, olds: FromPulumi<S>, news: FromPulumi<I>) {
      const undone = await restores?.seen(olds, news, true);
      const isOnlyUndone = undone && !lifecycle.diff(olds, news).changes;
      let isLeft = false;
      const updated = await operation<I, { outs: S }>(
        news,
        (ctx, args) =>
          lifecycle.update(ctx, undone ?? olds, args, id).catch((error) => {
            if (!isOnlyUndone || !isMultipassError(error, "instance-not-running")) throw error;
            // What a restore has undone in an instance that does not run is no reason to fail.
            isLeft = true;
            ctx.log.warn(`${error.message}\nWhat the restore has undone is put back when the instance runs.`);
            const { __provider, ...outs } = olds;
            return { outs: outs as unknown as S };
          }),
        olds,
        made,
      );
      if (!isLeft) await restores?.settled(news);
      return updated;
    },

    async delete(_id: string, state: FromPulumi<S>): Promise<void> {
      await operation<S, void>(state, lifecycle.delete, {}, () => lifecycle.deletion?.(state) ?? "removed");
      await restores?.gone(state);
    },
  };
}
