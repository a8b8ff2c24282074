import * as v from "valibot";
import { MIB, shrinks } from "../../multipass/size.ts";
import { requireSecure } from "../../readiness/images/http.ts";
import { unreadable } from "../asset.ts";
import {
  automaticName,
  type CheckFailure,
  type CheckResult,
  duration,
  guestPath,
  instanceName,
  size,
  validate,
} from "../check.ts";
import { flag, hiddenEntries, text } from "../common.ts";
import { hasUnknown } from "../unknown.ts";
import { type Examination, examineUserData } from "../user-data/examine.ts";
import { sameUserData } from "../user-data/meaning.ts";
import { type Change, changesBetween } from "./changes.ts";
import { type UserData, userData } from "./cloud-init.ts";
import { imageForm } from "./image.ts";
import type { InstanceInputs, MountInput } from "./model.ts";
import { missingSource, mount, normalised } from "./mounts.ts";
import { clashingNetworks, network } from "./networks.ts";
import { unreadyState } from "./outputs.ts";

export const positive = v.pipe(
  v.number("must be a number"),
  v.integer("must be a whole number"),
  v.minValue(1, "must be at least 1"),
);

/** A URL that can be asked at all: what is none would be tried until the time of the whole create is over. */
const url = v.pipe(
  text,
  v.check(
    (given) => /^https?:/i.test(given) && URL.canParse(given.replaceAll("{ip}", "127.0.0.1")),
    'is not an http:// or https:// URL: write it as "http://{ip}:8080/health"',
  ),
);

const readinessCheck = v.pipe(
  v.strictObject({
    tcp: v.optional(
      v.strictObject({
        port: v.pipe(positive, v.maxValue(65535, "must be a port, 1 to 65535")),
        host: v.optional(text),
      }),
    ),
    http: v.optional(v.strictObject({ url, status: v.optional(positive) })),
    command: v.optional(v.pipe(v.array(v.string()), v.minLength(1, "is empty"))),
    timeout: v.optional(duration),
    interval: v.optional(duration),
  }),
  v.check(
    ({ tcp, http, command }) => [tcp, http, command].filter((one) => one !== undefined).length === 1,
    "must have exactly one of tcp, http and command",
  ),
);

const imageServer = v.pipe(
  text,
  v.check((url) => {
    try {
      requireSecure(url);
      return true;
    } catch {
      return false;
    }
  }, "must be an https:// URL (http:// to this host only)"),
);

/** What has to hold before a machine counts as ready. */
export const readiness = v.strictObject({
  cloudInit: v.optional(
    v.picklist(["success", "finished", "skip"], 'must be "success", "finished" or "skip"'),
  ),
  degraded: v.optional(v.picklist(["accept", "fail"], 'must be "accept" or "fail"')),
  checks: v.optional(v.array(readinessCheck, "must be a list")),
});

/** What is done besides waiting while the daemon has no image list. */
export const remedies = v.strictObject({
  directImage: v.optional(flag),
  localImage: v.optional(flag),
  imageFolder: v.optional(text),
  forceUpdate: v.optional(flag),
  restartDaemon: v.optional(
    v.picklist(["never", "ifIdle", "always"], 'must be "never", "ifIdle" or "always"'),
  ),
  restartCommand: v.optional(v.pipe(v.array(text), v.minLength(1, "is empty"))),
  imageServers: v.optional(v.record(v.string(), imageServer)),
});

/** How often to try again while the host is not ready. */
export const retry = v.strictObject({
  initialDelay: v.optional(duration),
  factor: v.optional(v.pipe(v.number("must be a number"), v.minValue(1, "must be at least 1"))),
  maxDelay: v.optional(duration),
  jitter: v.optional(
    v.pipe(v.number("must be a number"), v.minValue(0, "must be 0 to 1"), v.maxValue(1, "must be 0 to 1")),
  ),
});

const schema = v.strictObject({
  name: v.optional(instanceName),
  image: v.optional(
    v.pipe(
      text,
      v.check((image) => !image.startsWith("-"), "begins with a hyphen"),
    ),
  ),
  cpus: v.optional(positive),
  memory: v.optional(size(128 * MIB, "128M")),
  disk: v.optional(size(512 * MIB, "512M")),
  cloudInit: v.optional(v.unknown()),
  networks: v.optional(v.array(network, "must be a list")),
  bridged: v.optional(flag),
  mounts: v.optional(
    v.pipe(
      v.array(mount, "must be a list"),
      v.check(
        (mounts) => new Set(mounts.map(({ target }) => guestPath(target))).size === mounts.length,
        "names one target twice",
      ),
    ),
  ),
  zone: v.optional(text),
  powerState: v.optional(
    v.picklist(["running", "stopped", "suspended"], 'must be "running", "stopped" or "suspended"'),
  ),
  adopt: v.optional(flag),
  allowRestart: v.optional(flag),
  deletionPolicy: v.optional(v.picklist(["purge", "keep"], 'must be "purge" or "keep"')),
  readiness: v.optional(readiness),
  remedies: v.optional(remedies),
  retry: v.optional(retry),
  ...hiddenEntries,
  logicalName: v.optional(v.unknown()),
  automaticName: v.optional(v.unknown()),
});

export interface CheckedInstance extends CheckResult<InstanceInputs> {
  /** What is said in the row of the resource, and stops nothing. */
  warnings: string[];
  /** The keys of the user-data that end the guest while cloud-init is still at work. */
  rebootsBy: string[];
}

/**
 * Validates the arguments and completes them: the automatic name, user-data as text, paths made absolute. Asks Multipass nothing.
 */
export function checkInstance(olds: Partial<InstanceInputs>, args: Record<string, unknown>): CheckedInstance {
  const news = { ...args };
  delete news["__provider"];
  const failures = [
    ...validate(schema, news),
    ...(news["image"] === olds.image ? [] : imageForm(news["image"])),
    ...clashingNetworks(news),
  ];
  if (news["name"] === undefined) {
    news["name"] = olds.name ?? automaticName(String(news["logicalName"] ?? ""));
    news["automaticName"] = olds.name === undefined || olds.automaticName === true;
  }
  let examined: Examination | undefined;
  let written: UserData | undefined;
  if (news["cloudInit"] !== undefined && !hasUnknown(news["cloudInit"])) {
    try {
      written = userData(news["cloudInit"]);
      news["cloudInit"] = written.text;
      examined = examineIfNew(
        olds,
        written,
        Array.isArray(news["secrets"]) && news["secrets"].includes("cloudInit"),
      );
      failures.push(...(examined?.refusals ?? []).map((reason) => ({ property: "cloudInit", reason })));
    } catch (error) {
      failures.push(unreadable("cloudInit", error));
    }
  }
  if (Array.isArray(news["mounts"]) && !failures.some(({ property }) => property.startsWith("mounts"))) {
    const { mounts: before = [] } = olds;
    const mounts: MountInput[] = news["mounts"].map(normalised);
    failures.push(...mounts.flatMap((one, index) => missingSource(one, before, `mounts[${index}].source`)));
    news["mounts"] = mounts;
  }
  const inputs = news as unknown as InstanceInputs;
  if (failures.length === 0 && olds.owner !== undefined) {
    keepFirstVersion(olds as InstanceInputs, inputs, written);
    failures.push(...refusedChanges(olds as InstanceInputs, inputs));
  }
  const { warnings = [], rebootsBy = [] } = examined ?? {};
  return { inputs, failures, warnings: warnings.map((warning) => `cloudInit ${warning}`), rebootsBy };
}

/** A machine that exists has its user-data for good: to complain of it later helps nobody. */
function examineIfNew(
  { cloudInit: before }: Partial<InstanceInputs>,
  { text, asFirstVersion }: UserData,
  isSecret: boolean,
): Examination | undefined {
  if (before !== undefined && (before === asFirstVersion || sameUserData(before, text))) return undefined;
  return examineUserData(text, isSecret);
}

/**
 * Version 0.1.0 wrote an object in another way, and its machines stay as they were made. One that is replaced for another reason gets what
 * is written now.
 */
function keepFirstVersion(olds: InstanceInputs, news: InstanceInputs, written: UserData | undefined): void {
  if (written?.asFirstVersion === undefined || written.asFirstVersion !== olds.cloudInit) return;
  const kept = { ...news, cloudInit: written.asFirstVersion };
  if (argumentsOfSameMachine(olds, kept) === olds) news.cloudInit = kept.cloudInit;
}

/** The verdicts on a change of arguments alone, as if the machine were what the last ones asked for. */
function changesOfArguments(olds: InstanceInputs, news: InstanceInputs) {
  const state = olds.powerState === "stopped" ? "Stopped" : "Running";
  return changesBetween({ ...unreadyState(olds), ready: true, state }, news);
}

/** The arguments of the machine that stays: none where another one is made, of which everything is new. */
export function argumentsOfSameMachine(
  olds: Partial<InstanceInputs>,
  news: InstanceInputs,
): Partial<InstanceInputs> {
  if (olds.owner === undefined) return {};
  const changes = changesOfArguments(olds as InstanceInputs, news);
  return changes.some((change) => change.verdict === "replace" && isCertain(change, news)) ? {} : olds;
}

/** Why an instance that is kept cannot be replaced under its own name. */
export const KEPT_NAME =
  'replaces the instance, and the old one, which `deletionPolicy: "keep"` only marks as deleted, would keep its name. Apply `deletionPolicy: "purge"` first, or give the new one another name';

/** A disk that would have to become smaller. */
export function shrinking(from: unknown, to: unknown, remedy = ""): CheckFailure {
  const why = `Multipass can only expand a disk${remedy && `. ${remedy}`}`;
  return {
    property: "disk",
    reason: `cannot shrink from ${from} to ${to}: ${why}`,
    ifSecret: { property: "disk", reason: `cannot shrink: ${why}` },
  };
}

/** Whether it is a change at all: a value that is not known yet may turn out to be what it was. */
function isCertain({ property }: Change, news: InstanceInputs): boolean {
  return !hasUnknown(news[property as keyof InstanceInputs]);
}

/**
 * Changes that would fail half-way, told before anything is changed. Pulumi shows `check` the last *arguments*, not the state: what was
 * left to Multipass then is not known here, and is looked at by the update, also before anything is changed.
 */
function refusedChanges(olds: InstanceInputs, news: InstanceInputs): CheckFailure[] {
  const stopped = olds.powerState === "stopped";
  const changes = changesOfArguments(olds, news);
  const replacing = changes.filter(({ verdict }) => verdict === "replace");
  const replaced = replacing.filter((change) => isCertain(change, news));
  if (replaced.length > 0) {
    if (olds.deletionPolicy !== "keep" || news.name !== olds.name || news.automaticName) return [];
    return replaced.map(({ property }) => ({ property, reason: KEPT_NAME }));
  }
  // Another machine, if it comes to that, can have any size.
  if (replacing.length > 0) return [];
  const failures: CheckFailure[] = [];
  if (shrinks(olds.disk, news.disk)) {
    failures.push(
      shrinking(
        olds.disk,
        news.disk,
        "Keep its size or more, or replace the instance with `pulumi up --replace`",
      ),
    );
  }
  if (news.allowRestart === false && !stopped) {
    for (const change of changes) {
      const { property, verdict } = change;
      if (verdict !== "restart" || olds[property as keyof InstanceInputs] === undefined) continue;
      if (!isCertain(change, news)) continue;
      failures.push({
        property,
        reason:
          "can change only with a restart of the instance, and `allowRestart` is false. Set it to true, or stop the instance first (`powerState`)",
      });
    }
  }
  return failures;
}
