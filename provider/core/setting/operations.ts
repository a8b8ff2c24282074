import { createHash } from "node:crypto";
import { isMultipassError } from "../../driver/errors.ts";
import { InitializationError, type Multipass } from "../context.ts";
import { type DiffResult, difference, diffResult } from "../difference.ts";
import type { Intent } from "../ledger/intents.ts";
import type { Operation } from "../operation/operation.ts";
import { apply, currentValue } from "./apply.ts";
import { normalised, SETTING, type SettingInputs, type SettingState } from "./model.ts";
import { PASSPHRASE } from "./passphrase.ts";

type Intended = Extract<Intent, { kind: "setting" }>;

const intentOf = (key: string) => ({ kind: "setting" as const, key });

/** What stands in an intent for a value, which may be a secret. */
const hashOf = (standing: string) => createHash("sha256").update(standing).digest("hex");

/** What a run of this resource has written down, if what stands now is its doing: Pulumi may not have heard of it. */
async function ourDoing(
  { multipass }: Operation,
  { key, owner }: Pick<SettingInputs, "key" | "owner">,
  now: string,
): Promise<Intended | undefined> {
  const intent = await multipass.intents.read(intentOf(key));
  return intent?.owner === owner && intent.hashes.includes(hashOf(now)) ? intent : undefined;
}

/** Once Pulumi's state has the value: from then on it may be somebody else's doing that it stands. */
export async function forgetKnown(
  { intents }: Pick<Multipass, "intents">,
  { key, value, owner }: SettingInputs,
): Promise<void> {
  const intent = await intents.read(intentOf(key));
  if (intent?.owner === owner && intent.hashes.at(-1) === hashOf(normalised(key, value)))
    await intents.forget(intentOf(key));
}

/**
 * Writes down what is going to stand, and what is to be put back one day.
 *
 * @param earlier what was written down before: should this be refused, it is a value of that which stands
 */
function intend(
  { multipass }: Operation,
  { key, value }: SettingInputs,
  owner: string,
  previous: string,
  earlier: Intended | undefined,
): Promise<void> {
  const hash = hashOf(normalised(key, value));
  const others = earlier?.hashes.filter((one) => one !== hash) ?? [];
  return multipass.intents.write({ ...intentOf(key), owner, previous, hashes: [...others, hash] });
}

export async function createSetting(
  op: Operation,
  inputs: SettingInputs,
): Promise<{ id: string; outs: SettingState }> {
  const { key } = inputs;
  return op.under(`Unable to set ${key}`, async () => {
    const now = await currentValue(op, key);
    const earlier = await ourDoing(op, inputs, now);
    const previous = earlier?.previous ?? now;
    await intend(op, inputs, inputs.owner, previous, earlier);
    const outs = { ...inputs, previous };
    await applyAll(op, outs);
    return { id: key, outs };
  });
}

/**
 * Sets it as the state says.
 *
 * @throws InitializationError where it was set all the same: not in the state, what was there before would be forgotten, and the value taken for
 *   somebody else's
 */
function applyAll(op: Operation, outs: SettingState): Promise<void> {
  const { key, value } = outs;
  // One passphrase cannot be told from another; that there is to be none can.
  const unseen = key === PASSPHRASE && value !== "";
  const headline = `${key} was set, but the change did not come to its end`;
  return apply(op, outs, unseen, (error) => {
    const cause = isMultipassError(error) ? error.under(headline) : error;
    return new InitializationError(key, { ...outs, ready: false }, cause);
  });
}

export function diffSetting(olds: SettingState, news: SettingInputs): DiffResult {
  const found = difference(olds, news, SETTING);
  // A value that a refresh has found becomes ours by being asked for.
  if (olds.found) found.updates.push("value");
  if (olds.ready === false) found.updates.push("ready");
  return diffResult(found, false);
}

export async function updateSetting(
  op: Operation,
  olds: SettingState,
  news: SettingInputs,
): Promise<{ outs: SettingState }> {
  const outs = { ...news, previous: olds.previous };
  if (olds.ready === false || difference(olds, news, SETTING).updates.length > 0) {
    // In the name that Pulumi's state has for it until it hears of this.
    const earlier = await op.multipass.intents.read(intentOf(news.key));
    await intend(op, news, olds.owner, olds.previous, earlier?.owner === olds.owner ? earlier : undefined);
    await op.under(`Unable to set ${news.key}`, () => applyAll(op, outs));
  }
  return { outs };
}

/** What stands there now, in the program's own words where they mean the same. A setting is never gone. */
export async function readSetting(op: Operation, state: SettingState): Promise<SettingState> {
  const seen = await op.under(`Unable to read ${state.key}`, () => currentValue(op, state.key));
  if (seen === normalised(state.key, state.value)) return state;
  return { ...state, value: state.key === PASSPHRASE ? "" : seen, found: true };
}

/** Puts back what was set before, unless somebody has set something else meanwhile. */
export async function deleteSetting(op: Operation, state: SettingState): Promise<void> {
  // Once it is given up. Another resource may have made the key its own meanwhile, as after a rename.
  const forget = () => op.multipass.intents.forgetOwn(intentOf(state.key), state.owner);
  if (state.deletionPolicy === "keep") return forget();
  const { key, value, previous, allowRunningInstances, secrets, found } = state;
  await op.under(`Unable to put ${key} back`, async () => {
    const now = await currentValue(op, key);
    if ((found || now !== normalised(key, value)) && !(await ourDoing(op, state, now))) {
      // What was before may stand there already, by a delete that was killed.
      if (now !== previous) op.log.info(`left ${key} alone: somebody else has changed it`);
      return;
    }
    if (key === PASSPHRASE && previous === "true" && value !== "") {
      op.log.warn("the passphrase stays: the one before it is not known");
      return;
    }
    const before = key === PASSPHRASE ? "" : previous;
    await apply(
      op,
      {
        key,
        value: before,
        ...(allowRunningInstances && { allowRunningInstances }),
        ...(secrets && { secrets }),
      },
      false,
    );
  });
  await forget();
}
