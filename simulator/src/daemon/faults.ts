import { durationMs } from "../duration.ts";
import type {
  CheckedFaultPlan,
  CheckedLaunchFault,
  DaemonEvent,
  GuestCommand,
  GuestFaults,
  LaunchPhase,
} from "../fault-plan.ts";
import { matchesGlob } from "../glob.ts";
import { seededRandom } from "../random.ts";
import type { WorldStore } from "../world-store.ts";

export type NetworkState = "good" | "unresolvable" | "refused" | "dropped";

/** Simulated milliseconds until a fetch fails, as measured. */
const FAILURE_MS: Record<NetworkState, number> = {
  good: 0,
  unresolvable: 1_000,
  refused: 8,
  dropped: 10_000,
};

export interface LaunchIdentity {
  readonly name: string;
  readonly image: string;
  readonly nth: number;
}

function matchesLaunch(match: CheckedLaunchFault["match"], launch: LaunchIdentity): boolean {
  return (
    (match.name === undefined || matchesGlob(match.name, launch.name)) &&
    (match.image === undefined || matchesGlob(match.image, launch.image)) &&
    (match.nth === undefined || match.nth === launch.nth)
  );
}

/** The fault plan, and how much of it has been used. Both are part of the world's state. */
export class FaultBook {
  readonly #store: WorldStore;
  readonly random: () => number;
  /** A separate random sequence: what guests do must not change what goes wrong. */
  readonly guestRandom: () => number;
  plan: CheckedFaultPlan;

  constructor(store: WorldStore, plan: CheckedFaultPlan) {
    this.#store = store;
    this.plan = plan;
    const { seed, daemon } = store.world;
    this.random = seededRandom(seed + daemon.starts);
    this.guestRandom = seededRandom(seed - daemon.starts - 1);
  }

  replace(plan: CheckedFaultPlan): void {
    this.plan = plan;
    this.#store.world.faultUse = {};
    this.#store.save();
  }

  /** Uses up one of `times`; false if none is left. */
  take(key: string, times: number): boolean {
    const used = this.#store.world.faultUse[key] ?? 0;
    if (used >= times) return false;
    this.#store.world.faultUse[key] = used + 1;
    this.#store.save();
    return true;
  }

  /** The planned failure of a launch in a phase. Each call uses up one occurrence. */
  launchFault(
    phase: LaunchPhase,
    launch: LaunchIdentity,
    wanted: (fault: CheckedLaunchFault) => boolean = () => true,
  ): CheckedLaunchFault | undefined {
    return this.plan.launches?.find(
      (fault, index) =>
        fault.phase === phase &&
        matchesLaunch(fault.match, launch) &&
        wanted(fault) &&
        this.take(`launches.${index}`, fault.times),
    );
  }

  /** The planned end of the daemon when a launch reaches a phase. */
  daemonEvent(phase: string, launch: LaunchIdentity): { crash: boolean; event: DaemonEvent } | undefined {
    for (const kind of ["daemonCrash", "daemonRestart"] as const) {
      const event = this.plan[kind]?.find(
        ({ duringLaunch }, index) =>
          duringLaunch?.phase === phase &&
          matchesLaunch(duringLaunch, launch) &&
          this.take(`${kind}.${index}`, 1),
      );
      if (event) return { crash: kind === "daemonCrash", event };
    }
    return undefined;
  }

  guest(name: string): GuestFaults {
    const own = Object.entries(this.plan.guests ?? {}).filter(([pattern]) => matchesGlob(pattern, name));
    return Object.assign({}, this.plan.guest, ...own.map(([, faults]) => faults)) as GuestFaults;
  }

  guestCommand(name: string, line: string, sinceBoot: number): GuestCommand | undefined {
    return this.plan.guestCommands?.find(
      (answer, index) =>
        (answer.instance === undefined || matchesGlob(answer.instance, name)) &&
        new RegExp(answer.match).test(line) &&
        (answer.after === undefined || durationMs(answer.after) <= sinceBoot) &&
        (answer.times === undefined || this.take(`guestCommands.${index}`, answer.times)),
    );
  }

  /** Whether the image servers are reachable at a moment. */
  network(moment: number, host: string): NetworkState {
    if (this.plan.networkAt !== undefined && moment < durationMs(this.plan.networkAt)) return "unresolvable";
    for (const outage of this.plan.networkOutages ?? []) {
      const ends = outage.to === undefined ? Number.POSITIVE_INFINITY : durationMs(outage.to);
      const concerns = !outage.hosts || outage.hosts.some((pattern) => matchesGlob(pattern, host));
      if (concerns && moment >= durationMs(outage.from) && moment < ends) return outage.mode;
    }
    return "good";
  }

  failureMs(network: NetworkState): number {
    return FAILURE_MS[network];
  }

  commandFault(command: string, line: string) {
    return this.plan.commands?.find(
      (fault, index) =>
        fault.command === command &&
        (fault.match === undefined || new RegExp(fault.match).test(line)) &&
        this.take(`commands.${index}`, fault.times),
    );
  }
}
