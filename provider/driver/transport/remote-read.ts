import type { CallOptions } from "../driver.ts";
import { MultipassError, withoutCredentials } from "../errors.ts";
import { quote } from "../guest-command.ts";
import { fitToShow } from "../output.ts";
import type { SshHost } from "./ssh.ts";

/** Milliseconds for one request. */
const REQUEST_MS = 20_000;

/**
 * Reads a document of a web server from the host, whose network is not ours. A host without a program for
 * this counts as able to read it. The address may hold a password, so it is in no argument list.
 *
 * @throws MultipassError of kind `download-failed`, or because of the connection
 */
export async function readFromHost(host: SshHost, url: string, signal: AbortSignal): Promise<void> {
  const seconds = REQUEST_MS / 1000;
  const address = new URL(url).href;
  const { exitCode, stderr } = await host.runShell(
    `if command -v curl >/dev/null 2>&1; then
  printf 'url = "%s"\\n' ${quote(address)} | curl -fsS --max-time ${seconds} -o /dev/null -K -
elif command -v wget >/dev/null 2>&1; then
  printf '%s\\n' ${quote(address)} | wget -q -T ${seconds} -O /dev/null -i -
fi`,
    { timeoutMs: REQUEST_MS * 2, signal },
  );
  if (exitCode === 0) return;
  throw new MultipassError(`${host.destination} cannot read ${withoutCredentials(url)}`, {
    host: host.destination,
    kind: "download-failed",
    transient: true,
    details: fitToShow(stderr) || `exit code ${exitCode}`,
    remedy: "Bring that host's network, name resolution and proxy settings in order.",
  });
}

/** Milliseconds for the answer. */
const ANSWER_MS = 60_000;

/** The number of the host's cores; 1 if unknown. @throws MultipassError if it cannot be reached */
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
