import * as v from "valibot";
import { type Duration, durationMs } from "./duration.ts";

/** The phases of a launch in which it can be made to fail; see {@link LaunchFault}. */
export const LAUNCH_PHASES = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N"] as const;
/**
 * | Phase | What fails | Left behind |
 * |---|---|---|
 * | A | the client's own argument checks (exit 1) | nothing |
 * | B | lookup of the zone | nothing |
 * | C | lookup of the image and validation of the arguments | nothing |
 * | D | the name is taken or being prepared | nothing new |
 * | E | hypervisor health check | nothing |
 * | F | download, verification, conversion of the image | nothing |
 * | G | start of the hypervisor process | nothing |
 * | H | the VM dies while booting | the instance, `Stopped` |
 * | I | SSH is not reachable in time | the instance, `Unknown` |
 * | J | cloud-init does not finish in time | the instance, `Running` |
 * | K | a stored mount cannot be enabled | the instance, `Running` |
 * | L | `--mount` after the launch (exit 2 although `Launched:` was printed) | the instance, `Running` |
 * | M | the client's own `--timeout` (exit 5) | nothing, or a launch that goes on; see `duringBoot` |
 * | N | the daemon dies during the launch | a stale image record, or the instance; see `duringBoot` |
 */
export type LaunchPhase = (typeof LAUNCH_PHASES)[number];

/** An object schema that rejects unknown keys and lists the valid ones. */
const strictObject = <const Entries extends v.ObjectEntries>(entries: Entries) =>
  v.strictObject(entries, ({ expected, received }) =>
    expected === "never"
      ? `Unknown key. Valid keys: ${Object.keys(entries).join(", ")}`
      : received === "undefined"
        ? "Missing"
        : "Expected an object",
  );

const duration = v.custom<Duration>((value) => {
  try {
    durationMs(value as Duration);
    return typeof value === "number" || typeof value === "string";
  } catch {
    return false;
  }
}, 'Expected a duration: seconds, or a string such as "5s"');
const count = v.pipe(v.number(), v.integer(), v.minValue(1));
const probability = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const regularExpression = v.pipe(
  v.string(),
  v.check((pattern) => {
    try {
      new RegExp(pattern);
      return true;
    } catch {
      return false;
    }
  }, "Expected a regular expression"),
);

const launchMatch = strictObject({
  /** Name of the instance; `*` and `?` are wildcards. */
  name: v.optional(v.string()),
  /** The image argument as given (`24.04`, `https://…`); `*` and `?` are wildcards. */
  image: v.optional(v.string()),
  /** Only the n-th launch of this world, counted from 1 over all names. */
  nth: v.optional(count),
});

const launchFault = strictObject({
  /** Which launches fail; all of them if omitted. */
  match: v.optional(launchMatch, {}),
  /** The phase in which the launch fails. */
  phase: v.picklist(LAUNCH_PHASES),
  /** Replaces the phase's usual message (without `launch failed: `). */
  text: v.optional(v.string()),
  /** How many launches fail like this. Default 1. */
  times: v.optional(count, 1),
  /** Simulated time that the phase lasts before it fails. Default 0. */
  after: v.optional(duration, 0),
  /** Only for phases M and N: it fails while the VM boots, not while the image is being prepared. */
  duringBoot: v.optional(v.boolean(), false),
});

const daemonEvent = strictObject({
  /** Simulated time since the world's start. */
  at: v.optional(duration),
  /** Instead of `at`: when a launch reaches a phase. */
  duringLaunch: v.optional(
    strictObject({
      ...launchMatch.entries,
      /** The phase of the launch. */
      phase: v.picklist(["F", "G", "H", "J"]),
    }),
  ),
  /** How long until the service manager has restarted the daemon. Default 2 s. */
  downFor: v.optional(duration, 2),
});

const openPort = strictObject({
  /** Port number, 1 to 65535. */
  port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)),
  /** Time since the guest's boot from which the port is open. Default: immediately. */
  after: v.optional(duration, 0),
  /** The body that an HTTP GET returns. Default empty. */
  body: v.optional(v.string(), ""),
});

const guestFaults = strictObject({
  /** Seconds from the start of the VM until SSH answers. Default 0. */
  bootSeconds: v.optional(v.number()),
  /** Seconds from then until cloud-init finishes, at the first boot. Default 0. */
  cloudInitSeconds: v.optional(v.number()),
  /** How cloud-init ends. Default `done`. */
  cloudInit: v.optional(v.picklist(["done", "error", "degraded"])),
  /** The entries of `errors` in `cloud-init status`. */
  cloudInitErrors: v.optional(v.array(v.string())),
  /** `recoverable_errors` of `cloud-init status`, by level: `{ "WARNING": ["…"] }`. */
  cloudInitRecoverableErrors: v.optional(v.record(v.string(), v.array(v.string()))),
  /** The probability that an SSH connection (exec, transfer, info) fails. Default 0. */
  sshFlaky: v.optional(probability),
  /** The error text of such a failure. */
  sshError: v.optional(v.string()),
  /** Duration of a graceful shutdown, in seconds. Default 0. */
  shutdownSeconds: v.optional(v.number()),
  /** Duration of suspending, in seconds. Default 0. */
  suspendSeconds: v.optional(v.number()),
  /** The guest answers on its SSH port but refuses Multipass's key. Default false. */
  refusesKey: v.optional(v.boolean()),
  /**
   * The daemon hangs permanently when the guest resets itself while a launch waits for its cloud-init, as
   * seen on a 1.16.3. Default: only the launch keeps waiting, up to 1.16.
   */
  resetHangsDaemon: v.optional(v.boolean()),
  /** Addresses of networks inside the guest, such as that of docker0; listed after its own. */
  innerAddresses: v.optional(v.array(v.string())),
  /** Ports that something in the guest listens on. */
  ports: v.optional(v.array(openPort)),
  /** Whether `multipass-sshfs` can be installed for classic mounts. Default true. */
  snapSupport: v.optional(v.boolean()),
});

const guestCommand = strictObject({
  /** Matched against the command line: its words joined by spaces, without `sudo`. */
  match: regularExpression,
  /** Only in these instances; `*` and `?` are wildcards. */
  instance: v.optional(v.string()),
  /** Text printed on stdout. Default empty. */
  stdout: v.optional(v.string(), ""),
  /** Text printed on stderr. Default empty. */
  stderr: v.optional(v.string(), ""),
  /** Exit code, 0 to 255. Default 0. */
  exitCode: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255)), 0),
  /** How long the command runs, in seconds. Default 0. */
  seconds: v.optional(v.number(), 0),
  /** How many times to answer before the next matching answer applies. Default: always. */
  times: v.optional(count),
  /** Answer only from this time after the guest's boot. */
  after: v.optional(duration),
});

const commandFault = strictObject({
  /** The command's name, for example `list`. */
  command: v.string(),
  /** Only if the whole command line, joined by spaces, matches. */
  match: v.optional(regularExpression),
  /** The message, printed as `<command> failed: <text>`. Omit it to only delay the command. */
  text: v.optional(v.string()),
  /** Exit code. Default 2. */
  exitCode: v.optional(v.number(), 2),
  /** How long the command takes before it fails. If `blocking`, it blocks all other clients meanwhile. */
  delay: v.optional(duration, 0),
  /** Whether other clients wait meanwhile, as during a `stop`. Default false. */
  blocking: v.optional(v.boolean(), false),
  /** How many times. Default 1. */
  times: v.optional(count, 1),
});

const networkOutage = strictObject({
  /** Start of the outage. Default: the world's start. */
  from: v.optional(duration, 0),
  /** End of the outage. Default: never. */
  to: v.optional(duration),
  /** Names do not resolve (fails after 1 s), connections are refused (at once), or packets vanish (10 s). */
  mode: v.optional(v.picklist(["unresolvable", "refused", "dropped"]), "unresolvable"),
  /** Only these hosts, with wildcards, for example `cdimage.ubuntu.com`. Default: all. */
  hosts: v.optional(v.array(v.string())),
});

const fetchAborts = strictObject({
  /** Time until the service manager restarts the daemon; `"never"` if it does not. Default 2 s. */
  downFor: v.optional(v.union([v.literal("never"), duration]), 2),
  /** Whether the daemon leaves a dnsmasq behind, which keeps the next one from starting. Default false. */
  orphanedDnsmasq: v.optional(v.boolean(), false),
  /** Before 1.17: the probability that the daemon dies when a refused launch's own fetch fails. Default 1. */
  refusedLaunch: v.optional(probability, 1),
});

const faultPlanSchema = strictObject({
  /** When `multipassd` first answers on its socket. Default: immediately. */
  socketAt: v.optional(duration),
  /** The daemon has never run on this host, so there is no root certificate until its first start. */
  daemonNeverRan: v.optional(v.boolean()),
  /** When name resolution and the image servers first work. Short for one outage from 0 until then. */
  networkAt: v.optional(duration),
  /** Periods in which names cannot be resolved or the image servers cannot be reached. */
  networkOutages: v.optional(v.array(networkOutage)),
  /** The socket exists, but this user may not open it. */
  accessDenied: v.optional(v.boolean()),
  /** The daemon trusts no client before `authenticate`. */
  unauthenticated: v.optional(v.boolean()),
  /** As over a real unix socket: only the first HOME that connects is trusted without `authenticate`. */
  trustFirstClientOnly: v.optional(v.boolean()),
  /**
   * How many images are prepared and guests waited for at once, by `launch`, `start` and `restart` together.
   * Others queue. A real daemon has one thread for each CPU thread of its host. Default: no limit.
   */
  daemonThreads: v.optional(count),
  /** Launches that fail. */
  launches: v.optional(v.array(launchFault)),
  /** The daemon dies and is restarted. */
  daemonCrash: v.optional(v.array(daemonEvent)),
  /** The daemon is stopped in an orderly way (running VMs are suspended) and restarted. */
  daemonRestart: v.optional(v.array(daemonEvent)),
  /** Faults of all guests. */
  guest: v.optional(guestFaults),
  /** Faults of guests by name, with wildcards. The last match wins, key by key, over `guest`. */
  guests: v.optional(v.record(v.string(), guestFaults)),
  /** Scripted answers of commands in the guest; the first match wins over the built-in commands. */
  guestCommands: v.optional(v.array(guestCommand)),
  /** Commands that fail or are delayed, whatever they ask. */
  commands: v.optional(v.array(commandFault)),
  /** Log records of the daemon on the stderr of every command. `true` for typical ones. */
  stderrNoise: v.optional(v.union([v.boolean(), v.array(v.string())])),
  /** How many times `--format json` output is cut off in the middle (`true`: always). */
  truncatedJson: v.optional(v.union([v.boolean(), count])),
  /** No space is left where images are stored. */
  diskFull: v.optional(v.boolean()),
  /** The error text of the hypervisor's health check, which fails only while no instance is running. */
  hypervisor: v.optional(v.string()),
  /** Duration of downloading an image that is not in the cache, in seconds. Default 0. */
  imageDownloadSeconds: v.optional(v.number()),
  /** Total duration of verifying, converting and copying an image, in seconds. Default 0. */
  imagePrepareSeconds: v.optional(v.number()),
  /** Duration of one fetch of the image list, in seconds. Default 0. */
  imageListSeconds: v.optional(v.number()),
  /** The daemon aborts if a fetch fails while a `launch`, `find` or `wait-ready` is open. Default false. */
  failedFetchAborts: v.optional(v.union([v.boolean(), fetchAborts])),
});

/**
 * What goes wrong in a simulated world, and when: plain data, so that it can be kept in a JSON file.
 * All times are simulated time since the world's start (see `timeScale`).
 *
 * @example
 * The race at a host's boot: the daemon answers after 5 s, the network is there after 20 s.
 * ```ts
 * await startSimulator({ timeScale: 60, faults: { socketAt: "5s", networkAt: "20s" } });
 * ```
 * @example
 * The first launch of `web` boots but is never reachable; its cloud-init takes a minute afterwards.
 * ```ts
 * const faults: FaultPlan = {
 *   launches: [{ match: { name: "web" }, phase: "I" }],
 *   guest: { cloudInitSeconds: 60 },
 * };
 * ```
 */
export type FaultPlan = v.InferInput<typeof faultPlanSchema>;
/** A fault plan with its defaults filled in. */
export type CheckedFaultPlan = v.InferOutput<typeof faultPlanSchema>;
/** One launch, or several, that fail in a given phase. */
export type LaunchFault = v.InferInput<typeof launchFault>;
export type CheckedLaunchFault = v.InferOutput<typeof launchFault>;
export type GuestFaults = v.InferOutput<typeof guestFaults>;
export type GuestCommand = v.InferOutput<typeof guestCommand>;
export type DaemonEvent = v.InferOutput<typeof daemonEvent>;

/** Checks a fault plan; the error names every wrong key. */
export function checkFaultPlan(plan: unknown): CheckedFaultPlan {
  if (Array.isArray(plan)) throw new TypeError("Invalid fault plan: (the plan): Expected an object");
  const result = v.safeParse(faultPlanSchema, plan ?? {});
  if (result.success) return result.output;
  const wrong = result.issues.map((issue) => explain(issue));
  throw new TypeError(
    wrong
      .map(({ path, message }) => `Invalid fault plan: ${path.join(".") || "(the plan)"}: ${message}`)
      .join("\n"),
  );
}

/** The path of the problem. For a value that can have several shapes, it is in the shape that fits best. */
function explain(issue: v.BaseIssue<unknown>, around: string[] = []): { path: string[]; message: string } {
  const path = [...around, ...(issue.path ?? []).map(({ key }) => String(key))];
  const within = issue.issues?.map((one) => explain(one, path)).find((one) => one.path.length > path.length);
  return within ?? { path, message: inWords(issue) };
}

/** Rewords the validator's own messages, which begin with "Invalid", to match ours. */
function inWords({ type, message, expected, requirement }: v.BaseIssue<unknown>): string {
  if (type === "integer") return "Expected a whole number";
  if (!message.startsWith("Invalid ") || !expected) return message;
  if (expected.startsWith(">=")) return `Expected at least ${requirement}`;
  if (expected.startsWith("<=")) return `Expected at most ${requirement}`;
  const choices = expected.replace(/^\((.*)\)$/, "$1").split(" | ");
  const words = choices.map((choice) => (choice === "Object" ? "an object" : choice));
  return `Expected ${words.length > 2 ? "one of " : ""}${words.join(words.length > 2 ? ", " : " or ")}`;
}
