import type { InstalledVersion } from "../../driver/driver.ts";
import { MIB, parseSize, sameSize } from "../../driver/size.ts";
import {
  capabilities,
  NEWEST_KNOWN,
  OLDEST_SUPPORTED,
  parseVersion,
  type Version,
} from "../../driver/version.ts";
import type { CheckFailure } from "../description.ts";
import type { Operation } from "../operation/operation.ts";
import { isUnknown } from "../unknown.ts";
import { asFailures, type Refusal, refuse } from "./refusals.ts";

/** Arguments that one version accepts and another refuses. */
interface Limited {
  memory?: unknown;
  disk?: unknown;
  zone?: unknown;
}

function refusalsBy(version: Version, { memory, disk, zone }: Limited): Refusal[] {
  const { minimumMemory, minimumDisk, zones } = capabilities(version);
  const refusals: Refusal[] = [];
  const add = (property: keyof Limited, reason: string, remedy: string) =>
    refusals.push({ kind: "invalid-argument", property, reason, remedy });
  const atLeast = (property: "memory" | "disk", value: unknown, minimum: number) => {
    if (typeof value !== "string" || (parseSize(value) ?? minimum) >= minimum) return;
    const least = `${minimum / MIB}M`;
    add(
      property,
      `is less than the minimum of ${least} of Multipass ${version.text}`,
      `Ask for ${least} or more`,
    );
  };
  atLeast("memory", memory, minimumMemory);
  atLeast("disk", disk, minimumDisk);
  if (typeof zone === "string" && zone !== "" && !isUnknown(zone) && !zones) {
    add(
      "zone",
      `is not supported: Multipass ${version.text} has no availability zones`,
      "Leave `zone` out, or install Multipass 1.17 or newer",
    );
  }
  return refusals;
}

/** The values that are new. An instance keeps the ones it has, whatever a version allows for a new one. */
function changedIn(olds: Limited, news: Limited): Limited {
  const isSame = (a: unknown, b: unknown) =>
    a === b ||
    (typeof a === "string" && typeof b === "string" && parseSize(a) !== undefined && sameSize(a, b));
  const changed: Limited = {};
  for (const property of ["memory", "disk", "zone"] as const) {
    if (!isSame(olds[property], news[property])) changed[property] = news[property];
  }
  return changed;
}

type Ask = () => Promise<InstalledVersion>;

/** Versions that together refuse every argument that any version refuses. */
const EXTREMES = [OLDEST_SUPPORTED, NEWEST_KNOWN].map((text) => parseVersion(text) as Version);

/**
 * Adds the new arguments that the installed version would refuse to the failures of a check. Each argument is
 * reported once.
 *
 * @param ask called only for a changed value that some version refuses, so unchanged values cost no call.
 *   If it fails, nothing is refused here; the launch or the update will refuse
 */
export async function refusedByThisVersion(
  ask: Ask,
  olds: Limited,
  news: Limited,
  failures: readonly CheckFailure[] = [],
): Promise<CheckFailure[]> {
  const changed = changedIn(olds, news);
  const mayBeRefused = EXTREMES.some((version) => refusalsBy(version, changed).length > 0);
  const installed = mayBeRefused ? await ask().catch(() => undefined) : undefined;
  const refused = installed ? asFailures(refusalsBy(installed.client, changed)) : [];
  const isReported = ({ property }: CheckFailure) => failures.some((one) => one.property === property);
  return [...failures, ...refused.filter((one) => !isReported(one))];
}

/**
 * Warns of user-data that reboots the guest while cloud-init is running, if the installed version does not
 * survive that. There `launch` never sees the end, and the daemon can hang (canonical/multipass#4199, #4395).
 */
export async function warningOfReboots(ask: Ask, rebootsBy: readonly string[]): Promise<string[]> {
  if (rebootsBy.length === 0) return [];
  const installed = await ask().catch(() => undefined);
  if (!installed || capabilities(installed.client).survivesReboot) return [];
  const keys = rebootsBy.map((key) => `\`${key}\``).join(" and ");
  return [
    `cloudInit reboots or shuts down the guest under ${keys} while cloud-init is still running. That can hang Multipass ${installed.client.text}, which then never notices that the launch has ended. Use \`power_state: { mode: reboot }\` instead, which reboots the guest after cloud-init has finished`,
  ];
}

/** @throws MultipassError `invalid-argument` for a new argument that this version would refuse */
export async function refuseWhatThisVersionCannot(
  op: Operation,
  olds: Limited,
  news: Limited,
  headline: string,
): Promise<void> {
  const { client } = await op.multipass.version({ signal: op.signal });
  refuse(headline, refusalsBy(client, changedIn(olds, news)));
}
