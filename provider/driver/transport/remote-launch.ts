import { randomUUID } from "node:crypto";
import { isMultipassError, MultipassError } from "../errors.ts";
import { quote } from "../guest-command.ts";
import { type DispatchedLaunch, END_BYTES, type LaunchView } from "../launch-job.ts";
import { exitCodeIn, launchProgram } from "../launch-program.ts";
import { fitToShow } from "../output.ts";
import { type Client, noteChange } from "../run.ts";
import { FIND_CLIENT } from "./remote-program.ts";
import type { SshHost } from "./ssh.ts";

/** Milliseconds for one short program on the host. */
const SHORT_MS = 60_000;
/** Days after which the output of a launch is removed if nobody has read it. */
const KEPT_DAYS = 7;

/** The folder of all launches, for the host's shell. Closed to others: output can quote the user-data. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's
const FOLDER = '"${XDG_STATE_HOME:-$HOME/.local/state}/pulumi-multipass/launches"';

/** Changes with each boot of the host; empty where the system does not show it. */
const BOOT = "$(cat /proc/sys/kernel/random/boot_id 2>/dev/null || sysctl -n kern.boottime 2>/dev/null)";

const tagOf = (id: string) => `pulumi-multipass-launch-${id}`;

/**
 * Starts `multipass launch` in a shell that stays on the host.
 *
 * @throws MultipassError if nothing was started. If the connection is cut meanwhile, the launch counts as
 *   started, and a later look shows whether it was
 */
export async function dispatchOnHost(
  host: SshHost,
  client: Client,
  args: readonly string[],
  input: string | undefined,
  signal?: AbortSignal,
): Promise<DispatchedLaunch> {
  noteChange("launch", host);
  const id = randomUUID();
  const launch = { pid: 0, startedAt: Date.now(), folder: id };
  const program = `
set -- ${FOLDER}/${id} ${FOLDER}
(umask 077; mkdir -p "$2" && chmod 700 "$2" && mkdir "$1") || exit 1
find "$2" -type d -mtime +${KEPT_DAYS} -prune -exec rm -rf {} + 2>/dev/null
${FIND_CLIENT}
command -v ${quote(client.client)} >/dev/null 2>&1 || { rmdir "$1"; exit 127; }
(umask 077; echo "${BOOT}" >"$1/boot"; : >"$1/pid")
(
${launchProgram(client, args, input)}
) </dev/null >/dev/null 2>&1 &
echo $! >"$1/pid"
cat "$1/pid"`;
  try {
    const { exitCode, stdout, stderr } = await host.runShell(program, {
      timeoutMs: SHORT_MS,
      signal,
      tag: tagOf(id),
    });
    if (exitCode === 0) return { ...launch, pid: Number(stdout) };
    throw exitCode === 127 ? host.lacks(client.client) : notStarted(host, stderr);
  } catch (error) {
    if (isMultipassError(error, "call-timeout")) return launch;
    throw error;
  }
}

function notStarted({ destination }: SshHost, details: string): MultipassError {
  return new MultipassError(`Unable to start the launch on ${destination}`, {
    kind: "unknown",
    host: destination,
    details: fitToShow(details),
    remedy: "The remote user needs a home folder that can be written to.",
  });
}

/** Looks at a launch, with one session. */
export async function lookOnHost(
  host: SshHost,
  { folder }: DispatchedLaunch,
  signal?: AbortSignal,
  isFirst = false,
): Promise<LaunchView> {
  const program = `
cd ${FOLDER}/${quote(folder)} 2>/dev/null || { echo lost; exit; }
state=lost
pid=$(cat pid 2>/dev/null)
if [ "$(cat boot 2>/dev/null)" != "${BOOT}" ]; then state=rebooted
elif kill -0 "$pid" 2>/dev/null; then
  case $(ps -p "$pid" -o args= 2>/dev/null) in ''|*${tagOf(folder)}*) state=running ;; esac
fi
if [ -f result ]; then echo "ended $(cat result)"; cat stdout; cat stderr >&2
else echo "$state"; tail -c ${isFirst ? "+1" : END_BYTES} stdout 2>/dev/null; :
fi`;
  const { stdout, stderr } = await host.runShell(program, { timeoutMs: SHORT_MS, signal });
  const end = stdout.indexOf("\n");
  const [state = "", code] = stdout.slice(0, end).split(" ");
  return {
    state: STATES.find((one) => one === state) ?? "lost",
    exitCode: exitCodeIn(code),
    stdout: stdout.slice(end + 1),
    stderr,
  };
}

const STATES: readonly LaunchView["state"][] = ["running", "ended", "rebooted", "lost"];

export async function endOnHost(host: SshHost, { folder }: DispatchedLaunch): Promise<void> {
  const program = `cd ${FOLDER}/${quote(folder)} && [ ! -f result ] && [ "$(cat boot)" = "${BOOT}" ] && kill -9 "$(cat client)"`;
  await host.runShell(program, { timeoutMs: SHORT_MS });
}

export async function forgetOnHost(host: SshHost, { folder }: DispatchedLaunch): Promise<void> {
  const program = `cd ${FOLDER} && rm -rf ./${quote(folder)}`;
  await host.runShell(program, { timeoutMs: SHORT_MS });
}
