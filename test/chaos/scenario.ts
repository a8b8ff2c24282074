import fc from "fast-check";
import type { FaultPlan, LaunchFault } from "../../simulator/src/index.ts";

/** In every user-data, and quoted by errors; it may be seen nowhere but in the state and the guest. */
export const SECRET = "sEcReT-7f3a9c";

/** Arguments of one instance; `mounts` counts folders, which have to exist first. */
export interface InstanceArgs {
  name: string | undefined;
  image: string | undefined;
  cpus: number;
  memory: string;
  disk: string;
  mounts: number;
  /** Of the mounts: native ones need a stopped machine. */
  mountType: "classic" | "native" | undefined;
  powerState: "running" | "stopped" | "suspended" | undefined;
  /** A machine of its name is there before the stack, to be taken over. */
  adopt: boolean;
}

export type Victim = "plugin" | "plugin, by SIGTERM" | "client" | "runner" | "daemon";

/** One command of the user, and what is killed while it runs. */
export interface Round {
  command: "up" | "refresh" | "destroy";
  kills: { victim: Victim; afterMs: number }[];
  /** Changes of the program before this round: the instance of this number gets these sizes, and perhaps another image. */
  change: { instance: number; cpus: number; memory: string; image?: string | undefined } | undefined;
  /** What somebody does to the machine of this number before this round, behind the stack's back. */
  drift?: { instance: number; act: Drift } | undefined;
}

/** What can be done to a machine by hand. */
export type Drift = "stop" | "suspend" | "delete" | "purge" | "umount" | "restart" | "resize";

export interface Scenario {
  version: string;
  stack: InstanceArgs[];
  faults: FaultPlan;
  /** Real milliseconds until the daemon answers at all; absent where it does from the beginning. */
  bootMs?: number | undefined;
  rounds: Round[];
}

const seconds = (max: number) => fc.integer({ min: 1, max });
const memory = fc.constantFrom("1G", "1536M", "2G", "3G");

const instance = (index: number): fc.Arbitrary<InstanceArgs> =>
  fc.record({
    // Automatic names are as likely as given ones.
    name: fc.constantFrom(`vm${index}`, undefined),
    image: fc.constantFrom("24.04", "22.04", undefined),
    cpus: fc.integer({ min: 1, max: 4 }),
    memory,
    disk: fc.constantFrom("5G", "6G", "8G"),
    mounts: fc.constantFrom(0, 0, 1, 2),
    mountType: fc.constantFrom(undefined, undefined, "classic", "native"),
    powerState: fc.constantFrom(undefined, "running", "stopped", "suspended"),
    adopt: fc.constantFrom(false, false, false, true),
  });

const launchFault: fc.Arbitrary<LaunchFault> = fc.record({
  phase: fc.constantFrom(..."CDFHIJKMN"),
  match: fc.record({ nth: fc.integer({ min: 1, max: 9 }) }),
  times: fc.integer({ min: 1, max: 2 }),
  after: fc.integer({ min: 0, max: 5 }),
  duringBoot: fc.boolean(),
}) as fc.Arbitrary<LaunchFault>;

const during = fc.record({
  duringLaunch: fc.record({
    phase: fc.constantFrom("F" as const, "G" as const, "H" as const, "J" as const),
    nth: fc.integer({ min: 1, max: 8 }),
  }),
  downFor: seconds(20),
});

const command = fc.oneof(
  fc.record({
    command: fc.constantFrom("list", "info", "launch", "start", "get", "exec", "delete", "set", "mount"),
    text: fc.constantFrom(
      "cannot connect to the multipass socket",
      'Remote "" is unknown or unreachable.',
      `ssh connection failed: 'Connection refused' (password: ${SECRET})`,
    ),
    times: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({
    command: fc.constantFrom("list", "info", "delete", "stop"),
    delay: seconds(20),
    blocking: fc.boolean(),
    times: fc.integer({ min: 1, max: 2 }),
  }),
);

/** Part of the time; a scenario in which everything goes wrong at once shows less than one in which two things do. */
const sometimes = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });

/** Moments of `networkAt` are counted from the first round. */
const faults: fc.Arbitrary<FaultPlan> = fc
  .record({
    networkAt: sometimes(seconds(60)),
    launches: sometimes(fc.array(launchFault, { minLength: 1, maxLength: 3 })),
    daemonCrash: sometimes(fc.array(during, { minLength: 1, maxLength: 2 })),
    daemonRestart: sometimes(fc.array(during, { minLength: 1, maxLength: 2 })),
    guest: sometimes(
      fc.record({
        bootSeconds: seconds(30),
        cloudInitSeconds: seconds(30),
        shutdownSeconds: seconds(10),
        sshFlaky: fc.constantFrom(0, 0.1, 0.3),
        cloudInit: fc.constantFrom("done" as const, "degraded" as const),
      }),
    ),
    commands: sometimes(fc.array(command, { minLength: 1, maxLength: 3 })),
    truncatedJson: sometimes(fc.integer({ min: 1, max: 3 })),
    stderrNoise: sometimes(fc.boolean()),
    imageDownloadSeconds: sometimes(seconds(40)),
    imagePrepareSeconds: sometimes(seconds(20)),
    imageListSeconds: sometimes(seconds(10)),
  })
  .map((plan) => {
    const { guest } = plan;
    const quoting = guest && {
      ...guest,
      cloudInitRecoverableErrors: { WARNING: [`bad password ${SECRET}`] },
    };
    return JSON.parse(JSON.stringify({ ...plan, guest: quoting }));
  });

const kill = fc.record({
  victim: fc.constantFrom<Victim[]>("plugin", "plugin", "plugin, by SIGTERM", "client", "runner", "daemon"),
  afterMs: fc.integer({ min: 100, max: 3_000 }),
});

const round: fc.Arbitrary<Round> = fc.record({
  command: fc.constantFrom("up", "up", "up", "refresh", "destroy"),
  kills: fc.array(kill, { maxLength: 2 }),
  change: sometimes(
    fc.record({
      instance: fc.nat({ max: 3 }),
      cpus: fc.integer({ min: 1, max: 4 }),
      memory,
      image: fc.constantFrom(undefined, undefined, "24.04", "22.04"),
    }),
  ),
  drift: sometimes(
    fc.record({
      instance: fc.nat({ max: 3 }),
      act: fc.constantFrom<Drift[]>("stop", "suspend", "delete", "purge", "umount", "restart", "resize"),
    }),
  ),
});

export const scenarios: fc.Arbitrary<Scenario> = fc.record({
  version: fc.constantFrom("1.14.1", "1.16.3", "1.17.0"),
  stack: fc
    .integer({ min: 1, max: 4 })
    .chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => instance(index)))),
  faults,
  bootMs: sometimes(fc.integer({ min: 100, max: 2_500 })),
  rounds: fc.array(round, { minLength: 1, maxLength: 3 }),
});
