import { unreadable } from "../asset.ts";
import { automaticName, type CheckResult, validate } from "../check.ts";
import type { CheckFailure } from "../description.ts";
import { hasUnknown } from "../unknown.ts";
import { type Examination, examineUserData } from "../user-data/examine.ts";
import { sameUserData } from "../user-data/meaning.ts";
import { type UserData, userData } from "../user-data/write.ts";
import { changesBetween } from "./changes.ts";
import { imageForm } from "./image.ts";
import { INSTANCE, type InstanceInputs } from "./model.ts";
import { missingSource, normalised } from "./mounts.ts";
import { clashingNetworks } from "./networks.ts";
import { unreadyState } from "./outputs.ts";
import { asFailures, type Refusal, refusalsOf } from "./refusals.ts";

export interface CheckedInstance extends CheckResult<InstanceInputs> {
  /** Shown in the row of the resource; they do not stop the operation. */
  warnings: string[];
  /** The keys of the user-data that reboot or shut down the guest while cloud-init is still running. */
  rebootsBy: string[];
}

/** Validates and completes the arguments: name, user-data as text, absolute paths. Never asks Multipass. */
export function checkInstance(olds: Partial<InstanceInputs>, args: Record<string, unknown>): CheckedInstance {
  const { inputs: given, failures } = validate(INSTANCE, args);
  const inputs = withName(given, olds);
  if (inputs.image !== olds.image) failures.push(...imageForm(inputs.image));
  failures.push(...clashingNetworks(inputs));
  failures.push(...localImageElsewhere(inputs));
  let examined: Examination | undefined;
  let written: UserData | undefined;
  if (inputs.cloudInit !== undefined && !hasUnknown(inputs.cloudInit)) {
    try {
      written = userData(inputs.cloudInit);
      inputs.cloudInit = written.text;
      examined = examineIfNew(olds, written, inputs.secrets?.includes("cloudInit") === true);
      failures.push(...(examined?.refusals ?? []).map((reason) => ({ property: "cloudInit", reason })));
    } catch (error) {
      failures.push(unreadable("cloudInit", error));
    }
  }
  if (Array.isArray(inputs.mounts) && !failures.some(({ property }) => property.startsWith("mounts"))) {
    const { mounts: before = [] } = olds;
    const { host } = inputs;
    const mounts = inputs.mounts.map((one) => normalised(one, host));
    failures.push(
      ...mounts.flatMap((one, index) => missingSource(one, before, `mounts[${index}].source`, host)),
    );
    inputs.mounts = mounts;
  }
  if (failures.length === 0 && isComplete(olds)) {
    keepFirstVersion(olds, inputs, written);
    failures.push(...asFailures(refusedChanges(olds, inputs)));
  }
  const { warnings = [], rebootsBy = [] } = examined ?? {};
  return { inputs, failures, warnings: warnings.map((warning) => `cloudInit ${warning}`), rebootsBy };
}

/** The image would be a file of this computer, which another host cannot read. */
function localImageElsewhere({ host, remedies }: InstanceInputs): CheckFailure[] {
  if (host === undefined || hasUnknown([host, remedies]) || !remedies?.localImage) return [];
  const reason =
    'downloads an image to this computer, and the instance is on another host: leave it out, since `directImage` does what is needed there, or copy an image to the host and name it as `image: "file:///…"`';
  return [{ property: "remedies.localImage", reason }];
}

function withName(
  given: Omit<InstanceInputs, "name"> & { name?: string },
  olds: Partial<InstanceInputs>,
): InstanceInputs {
  const { name } = given;
  if (name !== undefined) return { ...given, name };
  return {
    ...given,
    name: olds.name ?? automaticName(given.logicalName ?? "", given.nameSeed),
    automaticName: olds.name === undefined || olds.automaticName === true,
  };
}

/** Whether these are the arguments of an existing instance. For a new one Pulumi passes none. */
function isComplete(olds: Partial<InstanceInputs>): olds is InstanceInputs {
  return olds.owner !== undefined;
}

/** Examines only new user-data. That of an existing instance cannot change, so a complaint would not help. */
function examineIfNew(
  { cloudInit: before }: Partial<InstanceInputs>,
  { text, asFirstVersion }: UserData,
  isSecret: boolean,
): Examination | undefined {
  if (before !== undefined && (before === asFirstVersion || sameUserData(before, text))) return undefined;
  return examineUserData(text, isSecret);
}

/**
 * Keeps the text that version 0.1.0 wrote for an object, so that its instances are not replaced for it. An
 * instance that is replaced for another reason gets the current text.
 */
function keepFirstVersion(olds: InstanceInputs, news: InstanceInputs, written: UserData | undefined): void {
  if (written?.asFirstVersion === undefined || written.asFirstVersion !== olds.cloudInit) return;
  const kept = { ...news, cloudInit: written.asFirstVersion };
  if (argumentsOfSameInstance(olds, kept) === olds) news.cloudInit = kept.cloudInit;
}

/** The state in which these arguments leave an instance. */
const stateAfter = ({ powerState }: InstanceInputs) => (powerState === "stopped" ? "Stopped" : "Running");

/** The verdicts on a change of arguments, assuming that the instance matches the old ones. */
function changesOfArguments(olds: InstanceInputs, news: InstanceInputs) {
  return changesBetween({ ...unreadyState(olds), ready: true, state: stateAfter(olds) }, news);
}

/** The old arguments if the instance stays; none if it is replaced, because then everything is new. */
export function argumentsOfSameInstance(
  olds: Partial<InstanceInputs>,
  news: InstanceInputs,
): Partial<InstanceInputs> {
  if (!isComplete(olds)) return {};
  const changes = Object.entries(changesOfArguments(olds, news));
  return changes.some(([property, cost]) => cost === "replace" && isCertain(property, news)) ? {} : olds;
}

/** Whether the change is certain. A value that is still unknown may turn out to be unchanged. */
function isCertain(property: string, news: InstanceInputs): boolean {
  return !hasUnknown(news[property as keyof InstanceInputs]);
}

/**
 * The changes to refuse before anything is done. Pulumi passes `check` the last *arguments*, not the state.
 * Values that were left to Multipass are unknown here; the update checks them.
 */
function refusedChanges(olds: InstanceInputs, news: InstanceInputs): Refusal[] {
  const changes = Object.entries(changesOfArguments(olds, news));
  const isReplaced = changes.some(([, cost]) => cost === "replace");
  const relevant = changes.filter(
    ([property, cost]) =>
      isCertain(property, news) &&
      // A replacement can have any size.
      (isReplaced ? cost === "replace" : olds[property as keyof InstanceInputs] !== undefined),
  );
  return refusalsOf({
    changes: Object.fromEntries(relevant),
    has: { ...olds, state: stateAfter(olds) },
    asked: news,
  });
}
