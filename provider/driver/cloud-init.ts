import type { CallResult } from "./run.ts";
import { cloudInitSchema, parseJson } from "./schema.ts";

export interface CloudInitStatus {
  /** `absent` if the guest has no cloud-init. */
  status: "not started" | "running" | "done" | "error" | "degraded" | "disabled" | "absent";
  /** Errors that cloud-init reports, including recoverable ones. */
  errors: string[];
  /** Whether cloud-init could not read a part of its user-data, and so ignored that part. */
  hasDropped: boolean;
  /** Current stage, as cloud-init describes it. */
  detail: string | undefined;
}

/** Source: canonical/cloud-init `cloudinit/handlers/cloud_config.py`. */
const DROPPED = /Failed at merging in cloud config part/;

type Exec = (command: string[]) => Promise<CallResult>;

export async function askCloudInit(exec: Exec, instance: string): Promise<CloudInitStatus> {
  const result = await exec(["cloud-init", "status", "--format", "json"]);
  if (result.exitCode === 127) return { status: "absent", errors: [], hasDropped: false, detail: undefined };
  const json = result.stdout.slice(result.stdout.indexOf("{"));
  if (!json.startsWith("{")) return readPlainText(await exec(["cloud-init", "status", "--long"]));
  const printed = parseJson(cloudInitSchema, json, `exec ${instance} -- cloud-init status`, false);
  const recoverable = Object.values(printed.recoverable_errors).flat();
  // "degraded running" means still running.
  const degraded = printed.status === "done" && (printed.extended_status?.startsWith("degraded") ?? false);
  const errors = [...printed.errors, ...recoverable];
  return {
    status: degraded ? "degraded" : (printed.status as CloudInitStatus["status"]),
    errors,
    hasDropped: errors.some((error) => DROPPED.test(error)),
    detail: printed.detail,
  };
}

/** cloud-init before 22.4 does not support `--format`. */
function readPlainText({ stdout }: CallResult): CloudInitStatus {
  const status = /^status: (.+)$/m.exec(stdout)?.[1]?.trim() ?? "absent";
  const detail = /^detail:\s*\n?([\s\S]*)$/m.exec(stdout)?.[1]?.trim();
  return {
    status: status as CloudInitStatus["status"],
    errors: status === "error" && detail ? [detail] : [],
    hasDropped: DROPPED.test(detail ?? ""),
    detail,
  };
}

/** Lines such as `… start: modules-final/config-runcmd: running config-runcmd with frequency …`. */
const STARTED = /start: modules-\w+\/config-([\w-]+)/g;

/**
 * The module that cloud-init has begun last; undefined if its log does not say. Names of modules are
 * cloud-init's own, so unlike the output of the user's commands they hold no secret.
 */
export async function cloudInitModule(exec: Exec): Promise<string | undefined> {
  const { stdout } = await exec(["grep", "start: modules-", "/var/log/cloud-init.log"]);
  return [...stdout.matchAll(STARTED)].at(-1)?.[1];
}
