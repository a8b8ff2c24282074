import { engineLog } from "../engine-log.ts";
import type { Context } from "../lifecycle/context.ts";
import {
  forgetHolding,
  type Holding,
  isUndone,
  noteHolding,
  settle,
  undoneWork,
} from "../lifecycle/restored.ts";
import { isUnknown } from "../lifecycle/unknown.ts";
import { type CommonProperties, type FromPulumi, operation } from "../operation.ts";
import { onHost } from "./known.ts";

/** What a restore of its instance means to a resource. */
export interface Restorable<I, S> {
  /** The name of the instance. */
  in(inputs: I | S): unknown;
  /** The state without what a restore may have undone, so that a diff and an update put it back. Left out for a command, which is only warned of. */
  withoutUndone?(olds: S): S;
  putBack?: { while: "stopped" | "running"; run(ctx: Context, inputs: I): Promise<unknown> };
}

/** Keeps what a resource has in an instance true across restores of the instance. */
export function afterRestores<I extends CommonProperties, S extends CommonProperties>({
  in: instanceOf,
  withoutUndone,
  putBack,
}: Restorable<I, S>) {
  const note = (news: FromPulumi<I>) =>
    onInstance(news, async (host, instance) => {
      const holding: Holding = { owner: news.owner };
      if (putBack)
        holding.putBack = {
          while: putBack.while,
          run: () => operation<I, unknown>(news, putBack.run, {}, () => "put back after the restore"),
        };
      noteHolding(host, instance, holding);
    });

  function onInstance<T>(
    properties: I | S,
    use: (host: Context["host"], instance: string) => Promise<T>,
  ): Promise<T | undefined> {
    const instance = instanceOf(properties);
    if (typeof instance !== "string" || isUnknown(instance)) return Promise.resolve(undefined);
    return onHost(properties, (host) => use(host, instance));
  }

  return {
    /**
     * Takes note of the resource.
     *
     * @param changes whether it changes anyway
     * @returns its state without what was undone; undefined where nothing was
     */
    async seen(olds: S, news: FromPulumi<I>, changes: boolean): Promise<S | undefined> {
      await note(news);
      const undone = await onInstance(news, (host, instance) => isUndone(host, instance, news.owner));
      if (!undone) return undefined;
      if (withoutUndone) return withoutUndone(olds);
      if (changes) return undefined;
      engineLog(news.owner).warn(`a restore ${undoneWork("this command")}`);
      await onInstance(news, (host, instance) => settle(host, instance, news.owner));
      return undefined;
    },

    /** The resource is in the instance as its arguments say. */
    async settled(news: FromPulumi<I>): Promise<void> {
      await note(news);
      await onInstance(news, (host, instance) => settle(host, instance, news.owner));
    },

    async gone(state: S): Promise<void> {
      await onInstance(state, async (host, instance) => forgetHolding(host, instance, state.owner));
    },
  };
}
