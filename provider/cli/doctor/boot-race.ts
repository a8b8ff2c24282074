import { formatSeconds } from "../../core/operation/deadline.ts";
import type { Result } from "../../host/check.ts";
import { type Computer, daemonComputerOf } from "../../host/computer.ts";
import { daemonStart, LONGEST_RETRY_MS, nextFetch } from "../../images/fetch-schedule.ts";

/** The race at a host's boot: the daemon started before the network, and will notice it only later. */
export interface BootRace {
  /** Milliseconds since the daemon's start, if known. */
  daemonAge: number | undefined;
  /** Milliseconds until the daemon's next attempt, if known. */
  nextTryIn: number | undefined;
  /** Milliseconds within which the daemon retries in any case. */
  atMost: number;
}

/** Whether this host can read the image servers, so that the daemon could fetch its list as well. */
export function listCouldBeHad(results: readonly Result[]): boolean {
  return results.some(({ id, status }) => id === "image-index" && (status === "ok" || status === "warn"));
}

/**
 * Recognises the race: this host can read the image servers, but the daemon's last fetch failed. A list that
 * is empty without an error is not a race, because then the daemon does not know that it should fetch again.
 */
export function recognise(results: readonly Result[], computer: Computer): BootRace | undefined {
  // This computer's network says nothing about that of a remote daemon.
  if (daemonComputerOf(computer)) return undefined;
  const list = results.find(({ id }) => id === "image-list");
  if (list?.kind !== "download-failed" || !listCouldBeHad(results)) return undefined;
  const started = daemonStart(computer);
  if (started === undefined) return { daemonAge: undefined, nextTryIn: undefined, atMost: LONGEST_RETRY_MS };
  const daemonAge = Math.max(0, computer.now() - started);
  const nextTryIn = nextFetch(daemonAge) - daemonAge;
  return { daemonAge, nextTryIn, atMost: nextTryIn };
}

export function explain({ daemonAge, nextTryIn, atMost }: BootRace): string {
  const when =
    daemonAge === undefined || nextTryIn === undefined
      ? `It tries again by itself, at the latest in ${formatSeconds(atMost)}.`
      : `It started ${formatSeconds(daemonAge)} ago and tries again by itself in about ${formatSeconds(nextTryIn)}.`;
  return [
    "This is the boot race: the daemon started before the network was up, so it has no image list, although this host can read the image servers now.",
    `${when} If it has no list after that, a firewall, VPN or proxy blocks only the daemon.`,
    "`pulumi up` does not need the list: it launches by URL. `multipass launch` does: wait with `pulumi-multipass doctor --wait`, or make the daemon retry at once with `--fix=restart`.",
  ].join("\n");
}
