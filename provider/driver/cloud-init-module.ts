import type { CallResult } from "./run.ts";

/** Lines such as `… start: modules-final/config-runcmd: running config-runcmd with frequency …`. */
const STARTED = /start: modules-\w+\/config-([\w-]+)/g;

/**
 * The module that cloud-init has begun last; undefined if its log does not say. Names of modules are
 * cloud-init's own, so unlike the output of the user's commands they hold no secret.
 */
export async function cloudInitModule(
  exec: (command: string[]) => Promise<CallResult>,
): Promise<string | undefined> {
  const { stdout } = await exec(["grep", "start: modules-", "/var/log/cloud-init.log"]);
  return [...stdout.matchAll(STARTED)].at(-1)?.[1];
}
