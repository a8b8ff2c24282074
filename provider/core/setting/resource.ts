import { hash } from "node:crypto";
import * as v from "valibot";
import { isMultipassError } from "../../driver/errors.ts";
import { type CheckResult, validate } from "../check.ts";
import { InitializationError, type Multipass } from "../context.ts";
import { difference, needsUpdate, type Properties } from "../description.ts";
import { cannotImport } from "../import.ts";
import { settingOf } from "../instances.ts";
import type { Intent } from "../ledger/intents.ts";
import type { Operation } from "../operation/operation.ts";
import { DescribedResource } from "../resource.ts";
import { hasUnknown, isUnknown } from "../unknown.ts";
import { apply } from "./apply.ts";
import { normalised, SETTING, type SettingInputs, type SettingState } from "./model.ts";
import { PASSPHRASE } from "./passphrase.ts";

export const setting = new DescribedResource<SettingInputs, SettingState>({
  id: ({ key }) => key,
  manages: ({ key }) => ({ property: "key", of: ["setting", key] }),
  seen: {
    async check(multipass, olds) {
      if (olds.key !== undefined) await forgetKnown(multipass, olds as SettingInputs);
    },
  },
  check: (_olds, news) => checkSetting(news),
  diff: (olds, news) => ({
    ...difference(olds, news, SETTING),
    // A value that a refresh found becomes ours once the program asks for it.
    ...(olds.found && { value: "update" }),
  }),
  coexists: () => true,
  create: createSetting,
  read: readSetting,
  update: updateSetting,
  delete: deleteSetting,
  import: {
    form: "the key of a setting, such as local.driver",
    known: (key) => (v.is(SETTING.key.schema, key) ? { key, value: "" } : undefined),
    found(_op, { found: _, ...outs }) {
      const { key, value } = outs;
      if (key === PASSPHRASE)
        throw cannotImport(key, "Declare the setting with its value: `pulumi up` sets it.");
      const { previous: __, ...inputs } = outs;
      // Whoever deletes the resource leaves the value as it was.
      return { inputs, outs: { ...outs, previous: value } };
    },
  },
  outcome: ({ key }) => `${key} is set`,
  deletion: ({ key, deletionPolicy }) => (deletionPolicy === "keep" ? "left as it is" : `${key} is put back`),
});

export function checkSetting(args: Properties): CheckResult<SettingInputs> {
  const { inputs, failures } = validate(SETTING, args);
  const { key, value } = inputs;
  const isText = typeof value === "string" && !isUnknown(value);
  if (key === "local.image.mirror" && isText && !/^(?:https:\/\/.*)?$/.test(value)) {
    failures.push({ property: "value", reason: "must be an https:// URL, or empty for none" });
  }
  // A key that is not known yet may turn out to be the passphrase.
  if (key === PASSPHRASE || hasUnknown(key))
    inputs.secrets = [...new Set([...(inputs.secrets ?? []), "value"])].sort();
  return { inputs, failures };
}

type Intended = Extract<Intent, { kind: "setting" }>;

const intentOf = (key: string) => ({ kind: "setting" as const, key });

/** Hash of a value, as recorded in an intent: the value may be a secret. */
const hashOf = (standing: string) => hash("sha256", standing);

/** The intent of this resource, if it set the current value. Pulumi may not have heard of it. */
async function ourDoing(
  { multipass }: Operation,
  { key, owner }: Pick<SettingInputs, "key" | "owner">,
  now: string,
): Promise<Intended | undefined> {
  const intent = await multipass.intents.read(intentOf(key));
  return intent?.owner === owner && intent.hashes.includes(hashOf(now)) ? intent : undefined;
}

/**
 * Called once Pulumi's state has the value. If the value is found again later, somebody else may have set it.
 */
export async function forgetKnown({ intents }: Multipass, inputs: SettingInputs): Promise<void> {
  const { key, value, owner } = inputs;
  const intent = await intents.read(intentOf(key));
  if (intent?.owner === owner && intent.hashes.endsWith(hashOf(normalised(key, value))))
    await intents.forget(intentOf(key));
}

/**
 * Records the value to be set, and the one to put back later.
 *
 * @param earlier the earlier intent: if this change is refused, one of its values remains in place
 */
function intend(
  { multipass }: Operation,
  { key, value }: SettingInputs,
  owner: string,
  previous: string,
  earlier: Intended | undefined,
): Promise<void> {
  const hash = hashOf(normalised(key, value));
  const others = earlier?.hashes.split(" ").filter((one) => one !== hash) ?? [];
  const hashes = [...others, hash].join(" ");
  return multipass.intents.write({ ...intentOf(key), owner, previous, hashes });
}

async function createSetting(op: Operation, inputs: SettingInputs): Promise<SettingState> {
  const { key } = inputs;
  return op.under(`Unable to set ${key}`, async () => {
    const now = await settingOf(op, key);
    const earlier = await ourDoing(op, inputs, now);
    const previous = earlier?.previous ?? now;
    await intend(op, inputs, inputs.owner, previous, earlier);
    const outs = { ...inputs, previous };
    await applyAll(op, outs);
    return outs;
  });
}

/**
 * Sets the value that the state is to hold.
 *
 * @throws InitializationError if this fails after the value was set. Pulumi then keeps the state, which holds
 *   the earlier value
 */
function applyAll(op: Operation, outs: SettingState): Promise<void> {
  const { key, value } = outs;
  // Passphrases cannot be compared with each other, only with having none.
  const unseen = key === PASSPHRASE && value !== "";
  const headline = `${key} was set, but the change did not finish`;
  return apply(op, outs, unseen, (error) => {
    const cause = isMultipassError(error) ? error.under(headline) : error;
    return new InitializationError({ ...outs, ready: false }, cause);
  });
}

async function updateSetting(op: Operation, olds: SettingState, news: SettingInputs): Promise<SettingState> {
  const outs = { ...news, previous: olds.previous };
  if (olds.ready === false || needsUpdate(difference(olds, news, SETTING))) {
    // Uses the owner from Pulumi's state, because Pulumi has not heard of this update yet.
    const earlier = await op.multipass.intents.read(intentOf(news.key));
    await intend(op, news, olds.owner, olds.previous, earlier?.owner === olds.owner ? earlier : undefined);
    await op.under(`Unable to set ${news.key}`, () => applyAll(op, outs));
  }
  return outs;
}

/** The current value; the program's own spelling if it means the same. A setting is never gone. */
async function readSetting(op: Operation, state: SettingState): Promise<SettingState> {
  const seen = await op.under(`Unable to read ${state.key}`, () => settingOf(op, state.key));
  if (seen === normalised(state.key, state.value)) return state;
  return { ...state, value: state.key === PASSPHRASE ? "" : seen, found: true };
}

/** Puts back the earlier value, unless somebody has set another one meanwhile. */
async function deleteSetting(op: Operation, state: SettingState): Promise<void> {
  // Forgets our intent. Another resource may have taken the key over meanwhile, as after a rename.
  const forget = () => op.multipass.intents.forgetOwn(intentOf(state.key), state.owner);
  if (state.deletionPolicy === "keep") return forget();
  const { key, value, previous, found } = state;
  await op.under(`Unable to put ${key} back`, async () => {
    const now = await settingOf(op, key);
    if ((found || now !== normalised(key, value)) && !(await ourDoing(op, state, now))) {
      // A delete that was killed may have put the earlier value back already.
      if (now !== previous) op.log.info(`left ${key} alone: somebody else has changed it`);
      return;
    }
    if (key === PASSPHRASE && previous === "true" && value !== "") {
      op.log.warn("the passphrase stays: the previous one is unknown");
      return;
    }
    const before = key === PASSPHRASE ? "" : previous;
    await apply(op, { ...state, value: before }, false);
  });
  await forget();
}
