import type { CheckResult } from "../lifecycle/check.ts";
import type { Context } from "../lifecycle/context.ts";
import type { DiffResult } from "../lifecycle/difference.ts";
import { type CommonProperties, type FromPulumi, operation } from "../operation.ts";
import { readResult } from "./read-result.ts";

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
}

/** What a row says after a refresh that had to wait. */
export const READ = () => "read";

/** The operations of a resource, in the signatures of Pulumi's dynamic `ResourceProvider`. */
export function operationsOf<I extends CommonProperties, S extends CommonProperties>(
  lifecycle: Lifecycle<I, S>,
) {
  const made = ({ outs }: { outs: S }, ms: number) => lifecycle.outcome(outs, ms);
  return {
    async check(olds: Partial<S>, news: Record<string, unknown>) {
      return lifecycle.check(olds, news);
    },

    async diff(_id: string, olds: S, news: I) {
      return lifecycle.diff(olds, news);
    },

    create(inputs: FromPulumi<I>) {
      return operation<I, { id: string; outs: S }>(inputs, lifecycle.create, {}, made);
    },

    async read(id: string, state: FromPulumi<S>) {
      return readResult(id, await operation<S, S | undefined>(state, lifecycle.read, {}, READ));
    },

    update(id: string, olds: FromPulumi<S>, news: FromPulumi<I>) {
      return operation<I, { outs: S }>(
        news,
        (ctx, args) => lifecycle.update(ctx, olds, args, id),
        olds,
        made,
      );
    },

    delete(_id: string, state: FromPulumi<S>): Promise<void> {
      return operation<S, void>(state, lifecycle.delete, {}, () => lifecycle.deletion?.(state) ?? "removed");
    },
  };
}
