import { randomBytes } from "node:crypto";
import pLimit, { type LimitFunction } from "p-limit";
import { MultipassError } from "../errors.ts";
import { quote, quoteAll } from "../guest-command.ts";
import { within } from "../limits.ts";
import { type Ended, GRACE_MS, type Limits, runProcess } from "../process.ts";
import { controlFolder } from "./control-folder.ts";
import { isDestination } from "./destination.ts";
import {
  afterLine,
  asLine,
  clientProgram,
  endIn,
  FIND_CLIENT,
  framed,
  readerCommand,
  unframed,
  unframedLive,
} from "./remote-program.ts";
import {
  mayHaveBegun,
  noEnd,
  notBegun,
  type RemoteEnd,
  said,
  sshProgram,
  UNREACHABLE,
} from "./ssh-failures.ts";

/**
 * Sessions at once. A server allows 10 on one connection (`MaxSessions`). Short questions have their own, so
 * that long commands never keep a launch from being followed.
 */
const LONG_SESSIONS = 6;
const SHORT_SESSIONS = 3;
/** Milliseconds for the first session, which opens the connection. */
const OPEN_MS = 45_000;

/**
 * Options of every call. Host keys are checked as the user's own configuration says. Nothing of this computer
 * is opened to the host, and nothing is asked for on a terminal.
 */
const OPTIONS = [
  "BatchMode=yes",
  "ConnectTimeout=15",
  "ServerAliveInterval=10",
  "ServerAliveCountMax=3",
  "LogLevel=ERROR",
  "ForwardAgent=no",
  "ForwardX11=no",
  "ClearAllForwardings=yes",
  "PermitLocalCommand=no",
  "RemoteCommand=none",
];

const asFlags = (options: readonly string[]) => options.flatMap((option) => ["-o", option]);

/** Options for one connection that all calls share. The `ssh.exe` of Windows fails with any of them. */
const sharingOn = (platform: NodeJS.Platform) =>
  platform === "win32"
    ? []
    : ["ControlMaster=auto", `ControlPath=${controlFolder()}/%C`, "ControlPersist=60"];

/** The time limit includes the wait for a free session. */
interface SessionLimits extends Limits {
  /** Shown in the host's process list. */
  tag?: string;
}

export interface Invocation {
  program: string;
  args: string[];
}

/** Another host, reached over OpenSSH's `ssh`. All calls share one connection, except on Windows. */
export class SshHost {
  /** `user@host`, a name of the user's ssh configuration, or `ssh://…`. */
  readonly destination: string;
  /** The host's identity, whatever name it is reached by. */
  readonly identity: string;
  readonly #sharing: readonly string[];
  readonly #long: LimitFunction = pLimit(LONG_SESSIONS);
  readonly #short: LimitFunction = pLimit(SHORT_SESSIONS);
  #opened: Promise<void> | undefined;

  /**
   * @param identity the first name of the host, if this is another one
   * @param platform of this computer
   * @throws MultipassError of kind `invalid-argument` for a text that ssh could take for something else
   */
  constructor(destination: string, identity = destination, platform: NodeJS.Platform = process.platform) {
    if (!isDestination(destination)) {
      throw new MultipassError("Unable to reach the host", {
        kind: "invalid-argument",
        details: "its name is not one for ssh",
      });
    }
    this.destination = destination;
    this.identity = identity;
    this.#sharing = sharingOn(platform);
  }

  /** Runs the client once and returns its output, whatever its exit code. */
  async runClient(
    client: string,
    args: readonly string[],
    {
      isShort,
      env = {},
      ...limits
    }: Limits & { env?: Readonly<Record<string, string>> | undefined; isShort: boolean },
  ): Promise<Ended> {
    const mark = newMark();
    const end = await this.#inSession(isShort, mark, clientProgram(mark, client, args, env), limits);
    const { heard } = end;
    if (heard.isMissing) throw this.lacks(client);
    if (end.timedOut || end.isCanceled || end.printedTooMuch) {
      // The end of our ssh does not end the client there.
      if (heard.pid !== undefined) void this.#kill(heard.pid);
      return { ...end, exitCode: undefined };
    }
    return this.#ended(end, args[0]);
  }

  /** Runs a program in the host's shell. @throws MultipassError if the host did not report its end */
  async runShell(
    program: string,
    limits: SessionLimits,
  ): Promise<{ exitCode: number; stdout: string; stderr: string }> {
    const end = this.#ended(await this.#inSession(true, newMark(), program, limits), undefined);
    return { exitCode: end.exitCode ?? 1, stdout: end.stdout, stderr: end.stderr };
  }

  /**
   * The call of ssh that runs the client in the user's own terminal, where ssh may ask for what it needs.
   * Without a terminal the shell reads stdin.
   */
  inTerminal(client: string, args: readonly string[], isTerminal: boolean): Invocation {
    const script = `${FIND_CLIENT}; exec ${quoteAll([client, ...args])}`;
    const options = asFlags(OPTIONS.filter((option) => option !== "BatchMode=yes"));
    return {
      program: sshProgram(),
      args: [isTerminal ? "-t" : "-T", ...options, "--", this.destination, `exec sh -c ${quote(script)}`],
    };
  }

  lacks(client: string): MultipassError {
    return new MultipassError(`Unable to find the multipass client on ${this.destination}`, {
      kind: "client-missing",
      host: this.destination,
      details: `there is no program "${client}" on its PATH, nor where the installers put it`,
      remedy: "Install Multipass on that host, or name its client there in `host.multipassPath`.",
    });
  }

  /** @throws MultipassError if it did not run to its end */
  #ended(end: RemoteEnd, command: string | undefined): Ended {
    const { heard } = end;
    const host = this.destination;
    if (end.isCanceled)
      throw new MultipassError(`A call on ${host} was cancelled`, { kind: "cancelled", host });
    if (end.timedOut) throw noEnd(host, "it did not end in time", command);
    if (heard.exitCode !== undefined) {
      // If a signal ended the client, the shell reports an exit code above 128. The client itself never uses
      // one.
      const signal = command !== "exec" && heard.exitCode > 128 && heard.exitCode < 255;
      return {
        ...end,
        ...{ stdout: heard.stdout, stderr: heard.stderr },
        exitCode: signal ? undefined : heard.exitCode,
        signal: signal ? `signal ${heard.exitCode - 128}` : undefined,
      };
    }
    if (mayHaveBegun(end)) throw noEnd(host, `the connection was cut. ${said(heard)}`.trim(), command);
    throw notBegun(host, end);
  }

  async #inSession(
    isShort: boolean,
    mark: string,
    program: string,
    limits: SessionLimits,
  ): Promise<RemoteEnd> {
    const begun = Date.now();
    await within(this.#open(), limits, UNOPENED);
    const sessions = isShort ? this.#short : this.#long;
    return sessions(async () => {
      const end = await this.#ssh(mark, program, {
        ...limits,
        timeoutMs: Math.max(1, limits.timeoutMs - (Date.now() - begun)),
      });
      // The next call opens the connection anew, and the others wait for it.
      if (end.heard.exitCode === undefined && !end.timedOut && !end.isCanceled) this.#opened = undefined;
      return end;
    });
  }

  /** Opens the connection for all calls that begin at once. They also share a failure. */
  #open(): Promise<void> {
    if (this.#opened) return this.#opened;
    const opening = this.#ssh(newMark(), ":", { timeoutMs: OPEN_MS }).then((end) => {
      if (end.heard.exitCode === 0) return;
      throw notBegun(this.destination, end.timedOut ? { ...end, exitCode: 255 } : end);
    });
    this.#opened = opening;
    opening.catch(() => {
      if (this.#opened === opening) this.#opened = undefined;
    });
    return opening;
  }

  async #ssh(
    mark: string,
    program: string,
    { tag = "pulumi-multipass", input, onOutput, ...limits }: SessionLimits,
  ): Promise<RemoteEnd> {
    const first = Buffer.from(asLine(framed(mark, program)));
    const options = asFlags([...OPTIONS, ...this.#sharing]);
    const ended = await runProcess(
      sshProgram(),
      ["-T", ...options, "--", this.destination, readerCommand(tag)],
      {
        ...limits,
        input: afterLine(first, input),
        ...(onOutput && { onOutput: unframedLive(mark, onOutput) }),
        // The process that holds the connection writes the output, and other sessions keep it alive.
        sharesOutput: true,
        isLast: endIn(mark),
      },
    );
    return { ...ended, heard: unframed(mark, ended.stdout, ended.stderr) };
  }

  async #kill(pid: number): Promise<void> {
    const program = `kill ${pid} 2>/dev/null && { sleep ${GRACE_MS / 1000}; kill -9 ${pid} 2>/dev/null; }`;
    await this.#inSession(true, newMark(), program, { timeoutMs: OPEN_MS }).catch(() => undefined);
  }
}

/** Cannot be guessed, so no program on the host can imitate it. */
const newMark = () => `pm-${randomBytes(12).toString("hex")}`;

/** Why a caller stops waiting for the connection. Other callers continue to wait. */
const UNOPENED = {
  late: () =>
    new MultipassError("The host did not answer in time", {
      kind: "host-unreachable",
      transient: true,
      remedy: UNREACHABLE,
    }),
  cancelled: () => new MultipassError("The call was cancelled", { kind: "cancelled" }),
};
