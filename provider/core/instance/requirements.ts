import { once } from "node:events";
import { connect } from "node:net";
import { hostAddress } from "../../driver/addresses.ts";
import { isMultipassError, MultipassError } from "../../driver/errors.ts";
import { guestInvocation } from "../../driver/guest-command.ts";
import { timerMs } from "../../driver/limits.ts";
import { parseDuration } from "../operation/deadline.ts";
import { every, type Operation, POLL } from "../operation/operation.ts";
import type { Phase } from "../operation/timeline.ts";
import { meaningOf } from "../user-data/meaning.ts";
import type { InstanceInputs } from "./model.ts";
import type { ReadinessCheckInput } from "./waiting.ts";

/** A condition that a running instance must meet before it counts as ready. */
interface Requirement {
  /** Its name in the status line and in the error. */
  description: string;
  phase: Phase;
  /** Where the user can look if it is never met. */
  hint: string;
  /** Milliseconds before giving up. The deadline of the whole operation applies as well. */
  timeoutMs?: number | undefined;
  /** Milliseconds between two tries. */
  intervalMs?: number | undefined;
  /** @returns tolerated faults. @throws a transient error while unmet, any other if it never will be met */
  probe: (timeoutMs: number) => Promise<string[]>;
}

/** Final states, also without cloud-init. Others ("running", "not run", "not started", …) will change. */
export const FINAL: readonly string[] = ["done", "error", "degraded", "disabled", "absent"];

/** Milliseconds that one try of a port or a URL may take. A command may use all the time of its check. */
const TRY_MS = 10_000;
const DEFAULT_INTERVAL_MS = 2_000;

/**
 * Waits until the instance meets the requirements of `readiness`, one after the other. Tolerated faults
 * become warnings.
 *
 * @param options.booted whether the guest has booted since the last wait; if not, only the user's own
 *   checks are made
 * @throws MultipassError `guest-not-initialised` with the last evidence and the hint of the requirement
 *   that failed
 */
export async function ensureReady(
  op: Operation,
  inputs: InstanceInputs,
  { booted = true } = {},
): Promise<void> {
  for (const requirement of requirementsOf(op, inputs, booted)) {
    op.timeline.enter(requirement.phase);
    for (const warning of await hold(op, inputs, requirement)) op.log.warn(warning);
  }
}

function requirementsOf(op: Operation, inputs: InstanceInputs, booted: boolean): Requirement[] {
  const { readiness = {} } = inputs;
  const requirements = (readiness.checks ?? []).map((check) => userRequirement(op, inputs, check));
  if (!booted) return requirements;
  // A guest that reports on cloud-init can be reached, so one of the two is enough.
  const guest = readiness.cloudInit === "skip" ? reachable(op, inputs) : cloudInit(op, inputs);
  return [guest, ...requirements];
}

async function hold(op: Operation, inputs: InstanceInputs, requirement: Requirement): Promise<string[]> {
  const { description, hint, probe, timeoutMs, intervalMs } = requirement;
  const own = timeoutMs === undefined ? op : op.lasting(op.deadline.atMost(timeoutMs));
  try {
    return await own.retry(() => probe(own.deadline.remaining), {
      backoff: intervalMs === undefined ? POLL : every(intervalMs),
      onWait: ({ error }) => own.countdown(`waiting for ${description}: ${error.brief}`),
    });
  } catch (error) {
    if (!isMultipassError(error, "deadline", "guest-not-initialised")) throw error;
    throw new MultipassError(
      `Instance "${inputs.name}" runs, but ${description} ${error.kind === "deadline" ? "was not ready in time" : "failed"}`,
      {
        kind: "guest-not-initialised",
        details:
          error.kind === "deadline" ? `${error.summary.toLowerCase()}: ${error.details}` : error.details,
        remedy: hint,
        cause: error,
      },
    );
  }
}

function reachable(op: Operation, { name }: InstanceInputs): Requirement {
  return {
    description: "the guest",
    phase: "boot",
    hint: `See whether \`multipass exec ${name} -- true\` answers, and what the instance's console says.`,
    async probe(timeoutMs) {
      await op.multipass.driver.exec(name, ["true"], { timeoutMs, signal: op.signal });
      return [];
    },
  };
}

/** Met when cloud-init has ended as `readiness` asks. `launch` itself ignores failed commands. */
function cloudInit(op: Operation, inputs: InstanceInputs): Requirement {
  const { name, readiness = {} } = inputs;
  return {
    description: "cloud-init",
    phase: "cloud-init",
    hint: `Look at \`multipass exec ${name} -- cloud-init status --long\` and at /var/log/cloud-init-output.log in the guest. cloud-init runs once: correct \`cloudInit\` (which replaces the instance), accept the result with \`readiness: { cloudInit: "finished" }\`, or give it more time with \`timeouts.create\`.`,
    async probe(timeoutMs) {
      const { status, errors, hasDropped, detail } = await op.multipass.driver.cloudInitStatus(name, {
        timeoutMs,
        signal: op.signal,
      });
      if (!FINAL.includes(status)) {
        throw new MultipassError(`cloud-init is ${status}`, {
          kind: "guest-initialisation-timeout",
          transient: true,
          details: (await op.multipass.driver.cloudInitModule(name, op.bounds)) ?? (detail || status),
        });
      }
      // cloud-init calls this recoverable, although the whole user-data is lost.
      const isDropped = hasDropped && meaningOf(inputs.cloudInit) !== undefined;
      const said = errors.length > 0 ? errors.join("\n") : `it ended with status ${status}`;
      const faults = isDropped ? `it could not read cloudInit and applied none of it: ${said}` : said;
      const failed =
        status === "error" || isDropped || (status === "degraded" && readiness.degraded === "fail");
      if (failed && readiness.cloudInit !== "finished") {
        throw new MultipassError("cloud-init failed", { kind: "guest-not-initialised", details: faults });
      }
      return failed || status === "degraded" ? [`cloud-init: ${faults}`] : [];
    },
  };
}

function userRequirement(op: Operation, { name }: InstanceInputs, check: ReadinessCheckInput): Requirement {
  const { timeout, interval, ...asked } = check;
  const [[kind, given] = []] = Object.entries(asked).filter(([, value]) => value !== undefined);
  const requirementOf = USER_CHECKS[kind as Kind] as (op: Operation, name: string, given: unknown) => Own;
  return {
    phase: "checks",
    timeoutMs: timeout === undefined ? undefined : parseDuration(timeout),
    intervalMs: interval === undefined ? DEFAULT_INTERVAL_MS : parseDuration(interval),
    ...requirementOf(op, name, given),
  };
}

type Kind = Exclude<keyof ReadinessCheckInput, "timeout" | "interval">;
type Own = Pick<Requirement, "description" | "hint" | "probe">;

const USER_CHECKS: {
  [K in Kind]: (op: Operation, name: string, given: NonNullable<ReadinessCheckInput[K]>) => Own;
} = {
  tcp: (op, name, { port, host }) => ({
    description: `port ${port}`,
    hint: `See what listens in the guest: \`multipass exec ${name} -- ss -ltn\`. A service that listens on 127.0.0.1 alone cannot be reached from the host.`,
    probe: async (timeoutMs) =>
      reachPort(host ?? (await addressOf(op, name, timeoutMs)), port, oneTry(op, timeoutMs)),
  }),

  http: (op, name, { url, status }) => ({
    description: withoutSecrets(url),
    hint: `See what the service says: \`multipass exec ${name} -- journalctl --no-pager -n 50\`.`,
    async probe(timeoutMs) {
      // Looking up the address takes a call of the client, which a URL without `{ip}` does not need.
      const address = url.includes("{ip}") ? await addressOf(op, name, timeoutMs) : undefined;
      return reachUrl(url.replaceAll("{ip}", address ?? ""), status, oneTry(op, timeoutMs));
    },
  }),

  command: (op, name, command) => ({
    description: `the command ${JSON.stringify(programOf(command))}`,
    hint: `Run it yourself: \`multipass exec ${name} -- ${command[0]} …\`.`,
    async probe(timeoutMs) {
      // The command travels on stdin, because any user of the host can read the arguments of a process.
      const { args, input } = guestInvocation({ command });
      const { signal } = op;
      const result = await op.multipass.driver.exec(name, args, { timeoutMs, signal, input });
      if (result.exitCode === 0) return [];
      const said = (result.stderr || result.stdout).trim().split("\n").at(-1);
      throw notYet(`it exited with code ${result.exitCode}${said ? `: ${said}` : ""}`);
    },
  }),
};

/** The program that a command runs, if the first words show it. The other words may hold a password. */
function programOf([first = "", second = ""]: readonly string[]): string {
  return first === "sudo" && /^[\w./+-]+$/.test(second) && !second.startsWith("-") ? second : first;
}

async function addressOf({ multipass, signal }: Operation, name: string, timeoutMs: number) {
  return hostAddress((await multipass.roster.info(name, { timeoutMs, signal }))?.ipv4 ?? []);
}

/** Drops a URL's user, query and fragment, which may hold a token. */
function withoutSecrets(url: string): string {
  return url.replace(/\/\/[^/@]*@/, "//").replace(/[?#].*$/, "");
}

function notYet(details: string): MultipassError {
  return new MultipassError("Not ready yet", { kind: "guest-unreachable", transient: true, details });
}

/** Aborts when one try has used up its time, or this process is asked to end. */
function oneTry({ signal }: Operation, timeoutMs: number): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(timerMs(Math.min(TRY_MS, timeoutMs)))]);
}

async function reachPort(host: string | undefined, port: number, over: AbortSignal): Promise<string[]> {
  if (host === undefined) throw notYet("the instance has no address yet");
  const socket = connect({ host, port });
  try {
    await once(socket, "connect", { signal: over });
    return [];
  } catch (error) {
    throw notYet(over.aborted ? `no answer from ${host}:${port}` : (error as Error).message);
  } finally {
    socket.destroy();
  }
}

async function reachUrl(url: string, wanted: number | undefined, over: AbortSignal): Promise<string[]> {
  let status: number;
  try {
    const { target, headers } = requestOf(url);
    const response = await fetch(target, { headers, redirect: "manual", signal: over });
    status = response.status;
    await response.body?.cancel();
  } catch (error) {
    const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
    throw notYet(cause?.message || cause?.code || (error as Error).message);
  }
  if (wanted === undefined ? status >= 200 && status < 400 : status === wanted) return [];
  throw notYet(`it answered with status ${status}`);
}

/** `fetch` rejects a URL with credentials, so they are sent in an `Authorization` header. */
function requestOf(url: string): { target: URL; headers: Record<string, string> } {
  const target = new URL(url);
  const { username, password } = target;
  if (username === "" && password === "") return { target, headers: {} };
  target.username = "";
  target.password = "";
  const credentials = [username, password].map(decoded).join(":");
  return { target, headers: { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` } };
}

/** Decodes percent-encoding. Text with an invalid code stays as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
