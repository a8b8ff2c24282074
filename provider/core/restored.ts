import { called } from "./claims.ts";
import type { CommonProperties } from "./common.ts";
import type { Holding, Multipass } from "./context.ts";
import { findInstance } from "./instances.ts";
import type { Intents } from "./ledger/intents.ts";
import type { Operation } from "./operation/operation.ts";
import { perform } from "./perform.ts";
import type { Run } from "./run.ts";
import { isUnknown } from "./unknown.ts";

/** How a resource takes part in restores of its instance. */
export interface Restorable<I, S> {
  /** The name of the instance. */
  in(inputs: I | S): unknown;
  /** The state without what a restore may have undone. A command, which has none, only gets a warning. */
  withoutUndone?(olds: S): S;
  putBack?: { while: "stopped" | "running"; run(op: Operation, inputs: I): Promise<unknown> };
  /** The update after a restore, if the usual one does not work on a state without what was undone. */
  update?(op: Operation, olds: S, news: I, id: string): Promise<S>;
}

/** Keeps a resource's changes to an instance in place across restores of the instance. */
export class AfterRestores<I extends CommonProperties, S extends CommonProperties> {
  readonly #own: Restorable<I, S>;

  constructor(own: Restorable<I, S>) {
    this.#own = own;
  }

  /** Records the resource. @returns its state without what was undone; undefined if nothing was */
  async seen(run: Run, olds: S, news: I, changes: boolean): Promise<S | undefined> {
    const { withoutUndone } = this.#own;
    const undone = await this.#note(run, news, ({ intents }, instance) =>
      isUndone(intents, instance, news.owner),
    );
    if (!undone) return undefined;
    if (withoutUndone) return withoutUndone(olds);
    if (changes) return undefined;
    await run.warnOnce(news.owner, `a restore ${undoneWork("this command")}`);
    // Not after a preview, so that the update warns as well.
    if (run.isUpdate) await this.settled(run, news);
    return undefined;
  }

  /** Records that the instance matches the resource's arguments. */
  async settled(run: Run, news: I): Promise<void> {
    await this.#note(run, news, ({ intents }, instance) => settle(intents, instance, news.owner));
  }

  async gone(run: Run, state: S): Promise<void> {
    await this.#onInstance(run, state, async ({ holdings }, instance) => {
      // A replacement may be in another instance by now.
      if (holdings.get(state.owner)?.instance === instance) holdings.delete(state.owner);
    });
  }

  /** Notes the resource, for a restore of its instance later in this run. */
  #note<T>(run: Run, news: I, use: Use<T>): Promise<T | undefined> {
    return this.#onInstance(run, news, (multipass, instance) => {
      const { putBack } = this.#own;
      const outcome = () => "put back after the restore";
      const again = putBack && {
        while: putBack.while,
        run: () => perform(run, "update", news, putBack.run, { outcome }),
      };
      multipass.holdings.set(news.owner, { instance, putBack: again });
      return use(multipass, instance);
    });
  }

  async #onInstance<T>(run: Run, properties: I | S, use: Use<T>): Promise<T | undefined> {
    const instance = this.#own.in(properties);
    if (typeof instance !== "string" || isUnknown(instance)) return undefined;
    return run.noting(properties, (multipass) => use(multipass, instance));
  }
}

type Use<T> = (multipass: Multipass, instance: string) => Promise<T>;

/** Records a restore. Pulumi's state may now be wrong about what is inside the instance. */
export async function noteRestored({ intents }: Pick<Multipass, "intents">, instance: string): Promise<void> {
  await intents.write({ kind: "restored", instance }).catch(() => undefined);
}

/** Whether the last restore of an instance may have undone what a resource has put into it. */
export async function isUndone(intents: Intents, instance: string, owner: string): Promise<boolean> {
  const restored = await intents.read({ kind: "restored", instance });
  if (!restored) return false;
  const settled = await intents.read({ kind: "settled", instance, owner });
  return settled === undefined || settled.since < restored.since;
}

/** Records that the instance matches the resource's state, despite any earlier restore. */
export async function settle(intents: Intents, instance: string, owner: string): Promise<void> {
  if (!(await intents.read({ kind: "restored", instance }))) return;
  await intents.write({ kind: "settled", instance, owner }).catch(() => undefined);
}

function holdingsIn({ multipass: { holdings } }: Operation, instance: string): [owner: string, Holding][] {
  return [...holdings].filter(([, holding]) => holding.instance === instance);
}

/**
 * Puts back what a restore has undone, for the resources that this run has seen so far. Later resources, and
 * those for which this fails, find out through `isUndone`.
 */
export async function putBackHoldings(
  op: Operation,
  instance: string,
  power: "stopped" | "running",
): Promise<void> {
  for (const [owner, { putBack }] of holdingsIn(op, instance)) {
    if (putBack?.while !== power || !(await isUndone(op.multipass.intents, instance, owner))) continue;
    const what = called(owner);
    op.log.status(`putting back ${what}`);
    try {
      const changed = await putBack.run();
      await settle(op.multipass.intents, instance, owner);
      if (changed !== false) op.log.info(`put back ${what}, which the restore had undone`);
    } catch (error) {
      op.log.warn(
        `unable to put ${what} back after the restore; the next \`pulumi up\` tries again: ${(error as Error).message}`,
      );
    }
  }
}

/** Runs once a restored instance has its power state back. */
export async function settleRestored(op: Operation, instance: string): Promise<void> {
  const commands: string[] = [];
  for (const [owner, { putBack }] of holdingsIn(op, instance)) {
    if (putBack || !(await isUndone(op.multipass.intents, instance, owner))) continue;
    commands.push(called(owner));
    await settle(op.multipass.intents, instance, owner);
  }
  if (commands.length > 0)
    op.log.warn(`the restore of instance "${instance}" ${undoneWork(commands.join(", "))}`);
  if ((await findInstance(op, instance))?.state === "Running") await putBackHoldings(op, instance, "running");
}

/** The warning about commands, which are not run again automatically. */
export function undoneWork(commands: string): string {
  return `has undone whatever ${commands} did after the snapshot was taken. To run a command again, change its \`triggers\`, for instance with the output \`restored\` of the Restore`;
}
