import { type Aliases, addAlias, listAliases, removeAlias } from "../../multipass/aliases.ts";
import { MultipassError } from "../../multipass/errors.ts";
import { Deadline } from "../../readiness/clock.ts";
import type { Context } from "../context.ts";
import { type DiffResult, difference, diffResult } from "../difference.ts";
import { aloneWithAll } from "../lock.ts";
import { requireMachine, under } from "../machine.ts";
import { patiently } from "../patience.ts";
import { timeoutOf } from "../timing.ts";
import { ALIAS_COSTS, type AliasInputs, type AliasState } from "./model.ts";

export function diffAlias(olds: AliasState, news: AliasInputs): DiffResult {
  return diffResult(difference(withDefault(olds), withDefault(news), ALIAS_COSTS), true);
}

function withDefault<T extends AliasInputs>(inputs: T): T {
  return { ...inputs, workingDirectory: inputs.workingDirectory ?? "map" };
}

export async function createAlias(
  ctx: Context,
  inputs: AliasInputs,
): Promise<{ id: string; outs: AliasState }> {
  const deadline = new Deadline(ctx.clock, timeoutOf("create", inputs));
  const outs = await under(`Unable to make alias "${inputs.name}"`, make(ctx, inputs, deadline));
  return { id: `${outs.context}.${inputs.name}`, outs };
}

/** The client keeps all aliases in one file: two changes at once would lose one of them. */
function alone<T>(ctx: Context, deadline: Deadline, run: () => Promise<T>): Promise<T> {
  return aloneWithAll(ctx, "aliases", deadline, run);
}

function make(ctx: Context, inputs: AliasInputs, deadline: Deadline): Promise<AliasState> {
  const { name, instance, command } = inputs;
  return alone(ctx, deadline, async () => {
    // `alias` says of a machine that is not there no more than that its list could not be had.
    await requireMachine(ctx, instance, deadline);
    const all = await aliasesOf(ctx, deadline);
    const context = all["active-context"];
    const there = all.contexts[context]?.[name];
    const map = inputs.workingDirectory !== "default";
    if (there) {
      const same = there.instance === instance && there.command === command;
      if (same && there["working-directory"] === (map ? "map" : "default")) return { ...inputs, context };
      throw new MultipassError(`There is an alias "${name}" already`, {
        kind: "alias-exists",
        details: `there is one of that name already, for ${there.instance}:${there.command}`,
        remedy: `Choose another name, or remove it with \`multipass unalias ${name}\`.`,
      });
    }
    await patiently(ctx, deadline, (options) =>
      addAlias(ctx.host.driver, { name, instance, command, map }, options),
    );
    return { ...inputs, context };
  });
}

/** Multipass changes no alias: the old one goes, the new one comes. */
export async function updateAlias(
  ctx: Context,
  olds: AliasState,
  news: AliasInputs,
): Promise<{ outs: AliasState }> {
  if (difference(withDefault(olds), withDefault(news), ALIAS_COSTS).updates.length === 0) {
    return { outs: { ...news, context: olds.context } };
  }
  const deadline = new Deadline(ctx.clock, timeoutOf("update", news));
  return under(
    `Unable to change alias "${news.name}"`,
    (async () => {
      await remove(ctx, olds, deadline);
      return { outs: await make(ctx, news, deadline) };
    })(),
  );
}

export async function readAlias(ctx: Context, state: AliasState): Promise<AliasState | undefined> {
  const deadline = new Deadline(ctx.clock, timeoutOf("read", state));
  const all = await under(`Unable to read alias "${state.name}"`, aliasesOf(ctx, deadline));
  const there = all.contexts[state.context]?.[state.name];
  if (!there) return undefined;
  const { instance, command } = there;
  const workingDirectory = there["working-directory"] === "default" ? "default" : "map";
  return { ...state, instance, command, workingDirectory };
}

export async function deleteAlias(ctx: Context, state: AliasState): Promise<void> {
  const deadline = new Deadline(ctx.clock, timeoutOf("delete", state));
  const isOurs = ({ instance, command }: Aliased) => instance === state.instance && command === state.command;
  await under(`Unable to remove alias "${state.name}"`, remove(ctx, state, deadline, isOurs));
}

type Aliased = Aliases["contexts"][string][string];

/** @param isOurs whether what stands there is what is to be removed; anything by default */
function remove(
  ctx: Context,
  { name, context }: AliasState,
  deadline: Deadline,
  isOurs: (there: Aliased) => boolean = () => true,
): Promise<void> {
  return alone(ctx, deadline, async () => {
    const all = await aliasesOf(ctx, deadline);
    const there = all.contexts[context]?.[name];
    // Purging the machine has removed it already, for the user who purged it.
    if (!there) return;
    if (!isOurs(there)) {
      ctx.log.info(
        `left alias "${name}" alone: somebody else has made it one of ${there.instance}:${there.command}`,
      );
      return;
    }
    const full = all["active-context"] === context ? name : `${context}.${name}`;
    await patiently(ctx, deadline, (options) => removeAlias(ctx.host.driver, full, options));
  });
}

function aliasesOf(ctx: Context, deadline: Deadline): Promise<Aliases> {
  return patiently(ctx, deadline, (options) => listAliases(ctx.host.driver, options));
}
