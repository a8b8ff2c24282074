import type { CallResult } from "./run.ts";
import { cloudInitSchema, parseJson } from "./schema.ts";

/** Verdict of cloud-init in a guest. */
export interface CloudInitStatus {
  /** `absent` where the guest has no cloud-init. */
  status: "not started" | "running" | "done" | "error" | "degraded" | "disabled" | "absent";
  /** What cloud-init says went wrong; recoverable ones included. */
  errors: string[];
  /** Whether cloud-init could not read a part of what it was given, and so applied nothing of that part. */
  hasDropped: boolean;
  /** The stage that runs, in cloud-init's words. */
  detail: string | undefined;
}

/** Source: canonical/cloud-init `cloudinit/handlers/cloud_config.py`. */
const DROPPED = /Failed at merging in cloud config part/;

/** Runs a command in the guest. */
type Exec = (command: string[]) => Promise<CallResult>;

export async function askCloudInit(exec: Exec, instance: string): Promise<CloudInitStatus> {
  const result = await exec(["cloud-init", "status", "--format", "json"]);
  if (result.exitCode === 127) return { status: "absent", errors: [], hasDropped: false, detail: undefined };
  const json = result.stdout.slice(result.stdout.indexOf("{"));
  if (!json.startsWith("{")) return readPlainText(await exec(["cloud-init", "status", "--long"]));
  const printed = parseJson(cloudInitSchema, json, `exec ${instance} -- cloud-init status`, false);
  const recoverable = Object.values(printed.recoverable_errors).flat();
  // "degraded running" is still running.
  const degraded = printed.status === "done" && (printed.extended_status?.startsWith("degraded") ?? false);
  const errors = [...printed.errors, ...recoverable];
  return {
    status: degraded ? "degraded" : (printed.status as CloudInitStatus["status"]),
    errors,
    hasDropped: errors.some((error) => DROPPED.test(error)),
    detail: printed.detail,
  };
}

/** A cloud-init older than 22.4 knows no `--format`. */
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
