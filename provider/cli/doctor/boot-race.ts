import { formatSeconds } from "../../core/operation/clock.ts";
import type { Result } from "../../host/check.ts";
import { type Computer, daemonComputerOf } from "../../host/computer.ts";
import { daemonStart, LONGEST_RETRY_MS, nextFetch } from "../../images/fetch-schedule.ts";

/** The race at a host's boot: the daemon started before the network, and will not notice at once that the network is there. */
export interface BootRace {
  /** Milliseconds since the daemon's start, where that is known. */
  daemonAge: number | undefined;
  /** Milliseconds from now to the daemon's next try, where that is known. */
  nextTryIn: number | undefined;
  /** Milliseconds; the daemon tries again within this time in any case. */
  atMost: number;
}

/** Whether this host can read what the image servers publish, so that the image list could be had by the daemon as well. */
export function listCouldBeHad(results: readonly Result[]): boolean {
  return results.some(({ id, status }) => id === "image-index" && (status === "ok" || status === "warn"));
}

/**
 * Recognises the race: this host can read what the image servers publish, but the daemon's last fetch has failed. A list that is merely
 * empty is none: the daemon does not know that it should fetch again.
 */
export function recognise(results: readonly Result[], machine: Computer): BootRace | undefined {
  // What this computer reads tells nothing of another one's network.
  if (daemonComputerOf(machine)) return undefined;
  const list = results.find(({ id }) => id === "image-list");
  if (list?.kind !== "download-failed" || !listCouldBeHad(results)) return undefined;
  const started = daemonStart(machine, machine.modified);
  if (started === undefined) return { daemonAge: undefined, nextTryIn: undefined, atMost: LONGEST_RETRY_MS };
  const daemonAge = Math.max(0, machine.now() - started);
  const nextTryIn = nextFetch(daemonAge) - daemonAge;
  return { daemonAge, nextTryIn, atMost: nextTryIn };
}

/** The race in words. */
export function explain({ daemonAge, nextTryIn, atMost }: BootRace): string {
  const when =
    daemonAge === undefined || nextTryIn === undefined
      ? `It tries again by itself, at the latest in ${formatSeconds(atMost)}.`
      : `It started ${formatSeconds(daemonAge)} ago and tries again by itself in about ${formatSeconds(nextTryIn)}.`;
  return [
    "This is the race at a host's boot: the daemon started before the network was there, so it has no image list, although this host can read the image servers now.",
    `${when} If it has no list after that, a firewall, VPN or proxy stops the daemon alone.`,
    "`pulumi up` need not wait for it: it launches by URL. `multipass launch` has to; `pulumi-multipass doctor --wait` waits with it, `--fix=restart` makes the daemon try at once.",
  ].join("\n");
}
