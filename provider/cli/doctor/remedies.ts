import type { Clock } from "../../driver/clock.ts";
import { isMultipassError } from "../../driver/errors.ts";
import { interruptedByRestart, restartDaemon } from "../../driver/service.ts";
import { capabilities } from "../../driver/version.ts";
import { type Examination, examine, type Result } from "../../host/check.ts";
import type { Computer } from "../../host/computer.ts";
import { CHECKS } from "../../host/table.ts";
import { listCouldBeHad } from "./boot-race.ts";

/** `gentle` only asks Multipass; `restart` may also restart its daemon. */
export type Level = "gentle" | "restart";

export interface Remedy {
  action: "force-update" | "restart";
  done: boolean;
  detail: string;
}

export interface RemedyOptions {
  level: Level;
  /** Restart even if instances are running. */
  force?: boolean;
  /** Shell command that restarts the daemon. Default: the command for the platform's installer. */
  restartCommand?: string | undefined;
  clock: Clock;
}

/** Milliseconds for a daemon to come back; it resumes its instances first. */
const BACK_MS = 120_000;
const LOOK_MS = 500;
/** Milliseconds for a forced update: several requests, each given up after 10 s without data. */
const UPDATE_MS = 120_000;

/** Applies the first remedy that is allowed and can help. Does nothing if the daemon is healthy. */
export async function fix(exam: Examination, options: RemedyOptions): Promise<Remedy[]> {
  const results = await Promise.all(examine(CHECKS, exam));
  const online = listCouldBeHad(results);
  const daemonFails = results.some(({ id, status }) => id === "daemon" && status === "fail");
  const list = results.find(({ id, status }) => id === "image-list" && status === "fail");
  const remedies: Remedy[] = [];
  if (list) {
    const asked = await forceUpdate(online, list, exam);
    remedies.push(asked);
    if (asked.done) return remedies;
  }
  if (options.level === "restart" && (daemonFails || list))
    remedies.push(await restart(online || daemonFails, exam, options));
  return remedies;
}

const notDone =
  (action: Remedy["action"]) =>
  (detail: string): Remedy => ({ action, done: false, detail });

async function forceUpdate(online: boolean, list: Result, exam: Examination): Promise<Remedy> {
  const refuse = notDone("force-update");
  if (!online)
    return refuse(
      "not asked for a new image list: this host cannot read the image servers either, and a forced update that fails makes it worse",
    );
  const { client } = await exam.version();
  // If the list is empty without an error, every version fetches it.
  const fetchFailed = list.kind === "download-failed" || list.kind === "image-server-untrusted";
  if (fetchFailed && !capabilities(client).forceUpdateHelps) {
    return refuse(
      `not asked for a new image list: Multipass ${client.text} answers \`find --force-update\` with its last error, without trying`,
    );
  }
  try {
    await exam.driver().find({ forceUpdate: true, timeoutMs: UPDATE_MS, signal: exam.signal });
    const detail = "the daemon has fetched its image list (`multipass find --force-update`)";
    return { action: "force-update", done: true, detail };
  } catch (error) {
    return refuse(`\`multipass find --force-update\` failed: ${messageOf(error)}`);
  }
}

async function restart(helps: boolean, exam: Examination, options: RemedyOptions): Promise<Remedy> {
  const refuse = notDone("restart");
  if (!helps) return refuse("daemon not restarted: this host cannot read the image servers either");
  const running = await exam
    .instances()
    .then(interruptedByRestart)
    // A daemon that is down has no instance to interrupt. If it does not answer, nothing is known.
    .catch((error) =>
      isMultipassError(error, "daemon-unreachable", "daemon-initialising")
        ? []
        : ["instances that cannot be listed"],
    );
  if (running.length > 0 && !options.force)
    return refuse(`daemon not restarted: ${running.join(", ")} would be interrupted (allow it with --force)`);
  const own = options.restartCommand ? inShell(options.restartCommand, exam.computer) : undefined;
  try {
    await restartDaemon(own, { other: exam.daemonComputer });
  } catch (error) {
    return refuse(`daemon not restarted: ${messageOf(error)}`);
  }
  await untilBack(exam, options.clock);
  return { action: "restart", done: true, detail: "daemon restarted" };
}

function inShell(command: string, { platform }: Computer): string[] {
  return platform === "win32" ? ["cmd.exe", "/d", "/s", "/c", command] : ["sh", "-c", command];
}

async function untilBack(exam: Examination, clock: Clock): Promise<void> {
  const end = clock.now() + BACK_MS;
  while (clock.now() < end && !exam.signal.aborted) {
    const { daemon } = await exam
      .driver()
      .version({ signal: exam.signal })
      .catch(() => ({ daemon: undefined }));
    if (daemon) return;
    await clock.sleep(LOOK_MS, exam.signal);
  }
}

function messageOf(error: unknown): string {
  return isMultipassError(error) ? (error.details ?? error.summary) : String(error);
}
