import { isMultipassError } from "../driver/errors.ts";
import { capabilities, isSupported, OLDEST_SUPPORTED } from "../driver/version.ts";
import { indexOf } from "../images/simplestreams.ts";
import { type Check, type Finding, failed, ok, warn } from "./check.ts";
import type { Computer } from "./computer.ts";
import { problemsOf } from "./known-problems.ts";
import { port53 } from "./port53.ts";
import { reachFailure } from "./reach.ts";

/** Milliseconds for questions that wait for a fetch of the image list, or start a health check. */
const SLOW_QUESTION_MS = 45_000;

/** Failures that prove that the daemon answers. */
const DOOR_CLOSED = ["access-denied", "unauthenticated"] as const;

const client: Check = {
  id: "client",
  title: "Multipass client",
  claim: "the client is installed",
  explainsCreate: true,
  async probe(exam) {
    const { client: path, host } = exam.driver();
    const failure = await reachFailure(exam);
    if (failure) throw failure;
    return ok(host ? `${path} on ${host.destination}` : path);
  },
};

const version: Check = {
  id: "version",
  title: "Version",
  claim: "the client works",
  needs: ["client"],
  explainsCreate: true,
  async probe(exam) {
    const { client: installed, daemon } = await exam.version();
    if (!isSupported(installed)) {
      return {
        status: "fail",
        detail: `${installed.text} is older than ${OLDEST_SUPPORTED}, the oldest supported version`,
        hint: "Install a newer Multipass (https://canonical.com/multipass/install).",
        kind: "not-supported",
      };
    }
    const text =
      daemon && daemon.text !== installed.text
        ? `client ${installed.text}, daemon ${daemon.text}`
        : installed.text;
    const problems = problemsOf(installed);
    const grave = problems.filter(({ isGrave }) => isGrave);
    if (grave.length > 0) {
      const reasons = grave.map(({ reason, issue }) => `${reason} (canonical/multipass#${issue})`);
      return warn(`${text}: ${reasons.join("; ")}`, "Install a newer version of Multipass.");
    }
    if (problems.length === 0) return ok(text);
    const issues = problems.map(({ issue }) => `#${issue}`).join(", ");
    return ok(`${text} (known problems, rare or worked around: canonical/multipass${issues})`);
  },
};

const daemon: Check = {
  id: "daemon",
  title: "Daemon answers",
  claim: "the daemon answers",
  needs: ["client"],
  explainsCreate: true,
  async probe(exam) {
    try {
      const all = await exam.instances();
      return ok(all.length === 1 ? "1 instance" : `${all.length} instances`);
    } catch (error) {
      if (isMultipassError(error, ...DOOR_CLOSED)) return ok("it answers");
      throw error;
    }
  },
};

const authorised: Check = {
  id: "authorised",
  title: "Daemon lets this user in",
  claim: "the daemon lets this user in",
  needs: ["daemon"],
  explainsCreate: true,
  async probe(exam) {
    await exam.instances();
    return ok("yes");
  },
};

const RETRIES =
  "The daemon could not fetch its list. It tries again by itself, 5 s after its start and then less and less often, up to 15 minutes apart.";

/** Milliseconds to wait for a gap between two fetches. */
const GAP_MS = 10_000;

/** The finding if a question would come during a failing fetch, which can crash the daemon. */
const UNSAFE: Finding = {
  status: "fail",
  detail:
    "not asked: this computer cannot read the image servers, and a question during a failing fetch can crash the daemon",
  hint: RETRIES,
  kind: "download-failed",
  transient: true,
};

/**
 * The daemon's own list. Uses `find` on every version instead of `wait-ready`: after a failed forced update,
 * `wait-ready` reports success forever while the list is empty.
 */
const imageList: Check = {
  id: "image-list",
  title: "Image list in the daemon",
  claim: "the daemon has an image list",
  needs: ["authorised"],
  explainsCreate: true,
  async probe(exam) {
    const { imageListRetries } = capabilities((await exam.version()).client);
    const { guard, servers, signal } = exam;
    const indexes = [indexOf(servers["release"] as string)];
    if (!(await guard.whenSafe(indexes, imageListRetries, { signal, atMostMs: GAP_MS }))) return UNSAFE;
    try {
      const images = await exam.driver().find({ timeoutMs: SLOW_QUESTION_MS, signal });
      const count = Object.keys(images).length;
      if (count > 0) return ok(`${count} images`);
    } catch (error) {
      // Retrying does not make a certificate trusted; that error has its own remedy.
      if (!isMultipassError(error, "download-failed")) throw error;
      return { ...failed(error), hint: RETRIES };
    }
    return {
      status: "fail",
      detail:
        "The daemon has no image list: the list is empty; a failed forced update leaves it empty and stops the daemon's own retries",
      hint: "Once this host reads the image servers, run `multipass find --force-update` (`--fix` does it), or restart Multipass.",
      kind: "images-unreachable",
      transient: true,
    };
  },
};

const hypervisor: Check = {
  id: "hypervisor",
  title: "Hypervisor",
  claim: "the hypervisor works",
  needs: ["authorised"],
  async probe(exam) {
    const driver = await exam.driver().get("local.driver", { signal: exam.signal });
    const device = exam.daemonComputer ? undefined : kvm(exam.computer);
    try {
      // Listing networks makes the daemon check its hypervisor, unless a running instance already proves it.
      await exam.driver().networks({ timeoutMs: SLOW_QUESTION_MS, signal: exam.signal });
      return ok([driver, device].filter(Boolean).join(", "));
    } catch (error) {
      if (!isMultipassError(error, "not-supported")) throw error;
      return ok(`${driver} (cannot be checked for this driver)`);
    }
  },
};

/** Describes KVM. The daemon runs as root, so a device that only this user cannot open is not a failure. */
function kvm({ platform, exists, isUsable }: Computer): string | undefined {
  if (platform !== "linux") return undefined;
  if (!exists("/dev/kvm")) return "without /dev/kvm (slow)";
  return isUsable("/dev/kvm")
    ? "/dev/kvm"
    : "/dev/kvm (not accessible to this user, but only the daemon needs it)";
}

/** The checks that ask Multipass, in the order of the table. */
export const MULTIPASS_CHECKS: readonly Check[] = [client, version, daemon, authorised, port53];
export const IMAGE_LIST_CHECK = imageList;
export const HYPERVISOR_CHECK = hypervisor;
