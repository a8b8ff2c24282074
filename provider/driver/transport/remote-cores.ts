import type { CallOptions } from "../driver.ts";
import type { SshHost } from "./ssh.ts";

/** Milliseconds for the answer. */
const ANSWER_MS = 60_000;

/** The host's cores; 1 if it does not tell. @throws MultipassError if it cannot be reached */
export async function coresOf(
  host: SshHost,
  { timeoutMs = ANSWER_MS, signal }: CallOptions = {},
): Promise<number> {
  const { stdout } = await host.runShell(
    "getconf _NPROCESSORS_ONLN 2>/dev/null || nproc 2>/dev/null || sysctl -n hw.ncpu",
    { timeoutMs: Math.min(timeoutMs, ANSWER_MS), signal },
  );
  const cores = Number.parseInt(stdout, 10);
  return cores > 0 ? cores : 1;
}
