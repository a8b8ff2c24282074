import { createHash } from "node:crypto";
import { isMultipassError } from "../../multipass/errors.ts";
import { Deadline } from "../../readiness/clock.ts";
import { type Context, InitializationError } from "../context.ts";
import { type Costs, type DiffResult, difference, diffResult, RECORDED } from "../difference.ts";
import { under } from "../machine.ts";
import { timeoutOf } from "../timing.ts";
import { isUnknown } from "../unknown.ts";
import { apply, currentValue } from "./apply.ts";
import { normalised, PASSPHRASE, type SettingInputs, type SettingState } from "./model.ts";

const COSTS: Costs = {
  key: "replace",
  allowRunningInstances: "record",
  deletionPolicy: "record",
  ...RECORDED,
};

const intentOf = (key: string) => `setting ${key}`;

export async function createSetting(
  ctx: Context,
  inputs: SettingInputs,
): Promise<{ id: string; outs: SettingState }> {
  const { key, value } = inputs;
  const deadline = new Deadline(ctx.clock, timeoutOf("create", inputs));
  return under(
    `Unable to set ${key}`,
    (async () => {
      const now = await currentValue(ctx, key, deadline);
      const isThere = now === normalised(key, value);
      const after = createHash("sha256").update(normalised(key, value)).digest("hex");
      const intent = await ctx.host.intents.read(intentOf(key));
      // Set by a run that was killed before Pulumi heard of it: what stood before that is what is to be put back one day.
      const isOurs = intent?.owner === inputs.owner && intent.after === after && isThere;
      const previous = isOurs ? intent.before : now;
      await ctx.host.intents.write(intentOf(key), { owner: inputs.owner, before: previous, after });
      const outs = { ...inputs, previous };
      await applyAll(ctx, outs, deadline);
      return { id: key, outs };
    })(),
  );
}

/**
 * Sets it as the state says.
 *
 * @throws InitializationError where it was set all the same: not in the state, what was there before would be forgotten, and the value taken for
 *   somebody else's
 */
function applyAll(ctx: Context, outs: SettingState, deadline: Deadline): Promise<void> {
  const { key, value } = outs;
  // One passphrase cannot be told from another; that there is to be none can.
  const unseen = key === PASSPHRASE && value !== "";
  const headline = `${key} was set, but the change did not come to its end`;
  return apply(ctx, outs, unseen, deadline, (error) => {
    const cause = isMultipassError(error) ? error.under(headline) : error;
    return new InitializationError(key, { ...outs, ready: false }, cause);
  });
}

export function diffSetting(olds: SettingState, news: SettingInputs): DiffResult {
  const found = difference(olds, news, COSTS);
  // What was found becomes ours by being asked for.
  if (valueDiffers(olds, news) || olds.found) found.updates.push("value");
  if (olds.ready === false) found.updates.push("ready");
  return diffResult(found, false);
}

function valueDiffers(olds: SettingState, news: SettingInputs): boolean {
  if (news.key === PASSPHRASE || isUnknown(news.value)) return olds.value !== news.value;
  return normalised(olds.key, olds.value) !== normalised(news.key, news.value);
}

export async function updateSetting(
  ctx: Context,
  olds: SettingState,
  news: SettingInputs,
): Promise<{ outs: SettingState }> {
  await ctx.host.intents.forget(intentOf(olds.key));
  const outs = { ...news, previous: olds.previous };
  if (valueDiffers(olds, news) || olds.ready === false) {
    const deadline = new Deadline(ctx.clock, timeoutOf("update", news));
    await under(`Unable to set ${news.key}`, applyAll(ctx, outs, deadline));
  }
  return { outs };
}

/** What stands there now, in the program's own words where they mean the same. A setting is never gone. */
export async function readSetting(ctx: Context, state: SettingState): Promise<SettingState> {
  await ctx.host.intents.forget(intentOf(state.key));
  const deadline = new Deadline(ctx.clock, timeoutOf("read", state));
  const seen = await under(`Unable to read ${state.key}`, currentValue(ctx, state.key, deadline));
  if (seen === normalised(state.key, state.value)) return state;
  return { ...state, value: state.key === PASSPHRASE ? "" : seen, found: true };
}

/** Puts back what was set before, unless somebody has set something else meanwhile. */
export async function deleteSetting(ctx: Context, state: SettingState): Promise<void> {
  await ctx.host.intents.forget(intentOf(state.key));
  if (state.deletionPolicy === "keep") return;
  const { key, value, previous, allowRunningInstances, secrets, found } = state;
  const deadline = new Deadline(ctx.clock, timeoutOf("delete", state));
  await under(
    `Unable to put ${key} back`,
    (async () => {
      const now = await currentValue(ctx, key, deadline);
      if (found || now !== normalised(key, value)) {
        ctx.log.info(`left ${key} alone: somebody else has changed it`);
        return;
      }
      if (key === PASSPHRASE && previous === "true" && value !== "") {
        ctx.log.warn("the passphrase stays: the one before it is not known");
        return;
      }
      const before = key === PASSPHRASE ? "" : previous;
      await apply(
        ctx,
        {
          key,
          value: before,
          ...(allowRunningInstances && { allowRunningInstances }),
          ...(secrets && { secrets }),
        },
        false,
        deadline,
      );
    })(),
  );
}
