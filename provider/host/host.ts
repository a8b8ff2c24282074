import { isIP } from "node:net";
import { GIB } from "../driver/size.ts";
import { type Check, type Examination, failed, ok, skip, warn } from "./check.ts";
import { reachFailure } from "./reach.ts";
import { storageFolder } from "./storage.ts";

/** Milliseconds for one request to an image server. */
const REQUEST_MS = 20_000;
/** Warning limits in bytes: a default instance has 1 GiB of memory, and takes about 3 GiB of disk. */
const LITTLE_MEMORY = 1 * GIB;
const LITTLE_DISK = 5 * GIB;
/** Failure limit in bytes: no Ubuntu image can be downloaded and unpacked in less. */
const NO_DISK = 2 * GIB;

/** Server that the daemon needs for its list, besides those of the images themselves. */
const CORE_IMAGES_HOST = "cdimage.ubuntu.com";

const network: Check = {
  id: "network",
  title: "Host network",
  claim: "this host has a network",
  explainsCreate: true,
  ofClientComputer: true,
  probe({ computer }) {
    const addresses = computer.addresses();
    if (addresses.length === 0) {
      return {
        status: "fail",
        detail: "This host has no network: no interface has an address besides the loopback",
        hint: "Connect the host, or wait until its network is up.",
        kind: "download-failed",
        transient: true,
      };
    }
    const resolvers = computer.resolvers();
    if (resolvers.length === 0) {
      return warn(
        `${addresses.join(", ")}; no resolver`,
        "Names cannot be resolved. Check /etc/resolv.conf, or your system's equivalent.",
      );
    }
    return ok(`${addresses.join(", ")}; resolver ${resolvers.join(", ")}`);
  },
};

const names: Check = {
  id: "names",
  title: "Names of the image servers",
  claim: "the image servers' names can be resolved",
  needs: ["network"],
  ofClientComputer: true,
  async probe(exam) {
    const ours = imageHosts(exam);
    const hosts = [...new Set([...ours, CORE_IMAGES_HOST])].filter((host) => isIP(host) === 0);
    const unresolved = await Promise.all(
      hosts.map((host) =>
        exam.computer.lookup(host).then(
          () => [],
          (error: Error) => [{ host, reason: error.message }],
        ),
      ),
    ).then((lists) => lists.flat());
    if (unresolved.length === 0) return ok(hosts.join(", "));
    const detail = unresolved.map(({ reason }) => reason).join("; ");
    if (proxy(exam.computer.env)) return warn(`${detail} (a proxy is set, which may resolve them)`);
    const hint = "Check the host's resolver; right after a boot, wait until it is up.";
    if (unresolved.every(({ host }) => !ours.includes(host))) {
      return warn(detail, `${hint} Without ${CORE_IMAGES_HOST} Multipass may have no image list at all.`);
    }
    return { status: "fail", detail, hint, kind: "download-failed", transient: true };
  },
};

const imageIndex: Check = {
  id: "image-index",
  title: "Image servers, read by this host",
  claim: "this host can read the image servers",
  needs: ["network"],
  explainsCreate: true,
  async probe(exam) {
    const { computer, servers, signal } = exam;
    // Another host reads them itself. If it cannot be reached, only the check of the client says why.
    if (await reachFailure(exam)) return skip("needs: multipass client");
    const read = async (remote: string) => {
      const url = new URL("streams/v1/index.json", servers[remote]).href;
      await computer.readIndex(url, AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]));
      return new URL(url).host;
    };
    const [release, daily] = await Promise.allSettled([read("release"), read("daily")]);
    if (release.status === "rejected") return failed(release.reason);
    if (daily.status === "rejected")
      return warn(
        `${release.value}; "daily" cannot be read (${daily.reason.details ?? daily.reason.message})`,
      );
    return ok(release.value);
  },
};

const memory: Check = {
  id: "memory",
  title: "Free memory",
  claim: "enough memory is free",
  ofDaemonComputer: true,
  probe({ computer }) {
    const { free, total } = computer.memory();
    const detail = `${gib(free)} of ${gib(total)}`;
    if (free >= LITTLE_MEMORY) return ok(detail);
    return warn(detail, "A default instance takes 1 GiB. Stop instances or programs that are not needed.");
  },
};

const disk: Check = {
  id: "disk",
  title: "Free disk space",
  claim: "enough disk space is free",
  ofDaemonComputer: true,
  async probe({ computer }) {
    const folder = storageFolder(computer);
    if (folder === undefined) return skip("unknown where Multipass keeps its instances");
    const free = await computer.freeDisk(folder);
    if (free === undefined) return skip(`${folder} cannot be read`);
    const detail = `${gib(free)} for ${folder}`;
    const hint = "Free disk space; `multipass delete --purge NAME` frees that of a deleted instance.";
    if (free < NO_DISK) return { status: "fail", detail, hint, kind: "disk-full" };
    return free < LITTLE_DISK ? warn(detail, hint) : ok(detail);
  },
};

const confinement: Check = {
  id: "confinement",
  title: "Snap confinement",
  claim: "the snap's confinement does not interfere",
  needs: ["client"],
  ofClientComputer: true,
  probe({ computer, driver }) {
    const path = driver().client;
    const isSnap = computer.platform === "linux" && [path, computer.realPath(path)].some(isInSnap);
    if (!isSnap) return skip("the client is not a snap");
    const home = computer.home();
    if (home !== "/root" && !home.startsWith("/home/")) {
      return warn(
        `the client is a snap, and your home folder (${home}) is outside /home`,
        "Snaps cannot read such a home folder, so mounts and transfers from it fail: see https://snapcraft.io/docs/home-outside-home.",
      );
    }
    return ok("the client is a snap: it sees no hidden folders, and has its own /tmp");
  },
};

function isInSnap(path: string): boolean {
  // `/snap/bin/multipass` is a link to `/usr/bin/snap`.
  return /^(?:\/var\/lib\/snapd)?\/snap\//.test(path);
}

function imageHosts({ servers }: Examination): string[] {
  return [...new Set(Object.values(servers).map((url) => new URL(url).hostname))];
}

function proxy(env: NodeJS.ProcessEnv): boolean {
  return ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"].some((name) => env[name]);
}

function gib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}

export const NETWORK_CHECKS: readonly Check[] = [network, names, imageIndex];
export const RESOURCE_CHECKS: readonly Check[] = [memory, disk, confinement];
