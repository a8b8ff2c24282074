import type { Holding, Multipass } from "./context.ts";
import { findInstance } from "./instances.ts";
import type { Operation } from "./operation/operation.ts";

/** Records a restore, after which the state's word on the instance's contents may not be true. */
export async function noteRestored({ intents }: Pick<Multipass, "intents">, instance: string): Promise<void> {
  await intents.write({ kind: "restored", instance }).catch(() => undefined);
}

/** Whether the last restore of an instance may have undone what a resource has put into it. */
export async function isUndone(
  { intents }: Pick<Multipass, "intents">,
  instance: string,
  owner: string,
): Promise<boolean> {
  const restored = await intents.read({ kind: "restored", instance });
  if (!restored) return false;
  const settled = await intents.read({ kind: "settled", instance, owner });
  return settled === undefined || settled.since < restored.since;
}

/** Records that the instance matches the resource's state, despite any earlier restore. */
export async function settle(
  { intents }: Pick<Multipass, "intents">,
  instance: string,
  owner: string,
): Promise<void> {
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
    if (putBack?.while !== power || !(await isUndone(op.multipass, instance, owner))) continue;
    const what = nameOf(owner);
    op.log.status(`putting back ${what}`);
    try {
      const changed = await putBack.run();
      await settle(op.multipass, instance, owner);
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
    if (putBack || !(await isUndone(op.multipass, instance, owner))) continue;
    commands.push(nameOf(owner));
    await settle(op.multipass, instance, owner);
  }
  if (commands.length > 0)
    op.log.warn(`the restore of instance "${instance}" ${undoneWork(commands.join(", "))}`);
  if ((await findInstance(op, instance))?.state === "Running") await putBackHoldings(op, instance, "running");
}

/** A resource as messages name it: its path and arguments may be secrets. */
export function nameOf(urn: string): string {
  const [, , type = "", ...name] = urn.split("::");
  return `${type.split(":").at(-1)} "${name.join("::")}"`;
}

/** The warning about commands, which are not run again automatically. */
export function undoneWork(commands: string): string {
  return `has undone whatever ${commands} did after the snapshot was taken. To run a command again, change its \`triggers\`, for instance with the output \`restored\` of the Restore`;
}
