/** A client's request to `launch`: its validation, and the instance that it describes. */
import { RpcError } from "../cli/errors.ts";
import { GiB, parseMemorySize } from "../cli/memory-size.ts";
import type { InstanceStateRecord, StaleImage } from "../world.ts";
import type { ImageList } from "./image-list.ts";
import { isLoopback } from "./image-store.ts";
import { type CatalogImage, foreignImage } from "./images.ts";
import type { Life } from "./life.ts";
import { isValidName } from "./names.ts";
import type { Networks } from "./networks.ts";

export interface NetworkRequest {
  id: string;
  mode: string;
  mac: string;
}

export interface LaunchRequest {
  name?: string | undefined;
  /** As given: an alias with or without a remote, or a URL. */
  image: string;
  cpus: number;
  memory?: string | undefined;
  disk?: string | undefined;
  cloudInit: string;
  networks: NetworkRequest[];
  zone?: string | undefined;
  timeout?: number | undefined;
}

const TROUBLESHOOT = "https://canonical.com/multipass/docs/stable/how-to-guides/troubleshoot/";

/** The image that an argument of `launch` refers to. */
export async function requestedImage(list: ImageList, argument: string): Promise<CatalogImage> {
  if (argument.startsWith("file:")) return foreignImage(argument);
  if (/^https?:/.test(argument)) {
    return foreignImage(isLoopback(argument) ? argument : argument.replace(/^http:/, "https:"));
  }
  const separator = argument.indexOf(":");
  const remote = separator < 0 ? "" : argument.slice(0, separator);
  const alias = argument.slice(separator + 1);
  if (remote !== "" && alias === "") throw new RpcError("Must specify an image when specifying a remote");
  return list.lookUp(remote, alias || "default");
}

/** Only the last of several problems is shown. */
export function checkArguments({ caps, store }: Life, networks: Networks, request: LaunchRequest): void {
  let problem: string | undefined;
  const memory = parseMemorySize(request.memory ?? "1G") ?? 0;
  if (memory < caps.minimumMemory) problem = `Invalid memory size value supplied: ${request.memory}.`;
  const disk = parseMemorySize(request.disk ?? "5G") ?? 0;
  if (disk < caps.minimumDisk) problem = `Invalid disk size value supplied: ${request.disk}.`;
  if (request.name && !isValidName(request.name)) problem = `Invalid instance name supplied: ${request.name}`;
  if (request.zone && store.world.zones[request.zone]?.available === false) {
    problem = `Unavailable zone name supplied: ${request.zone}`;
  }
  for (const { id, mac } of request.networks) {
    if (id === "bridged") networks.checkBridged();
    else if (!networks.exists(id)) {
      problem = caps.networkAdvice
        ? `Invalid network options. To troubleshoot, see ${TROUBLESHOOT}`
        : "Invalid network options supplied";
    }
    const repeated = request.networks.filter((other) => mac !== "" && other.mac === mac).length > 1;
    if (repeated) throw new RpcError(`Repeated MAC address ${mac}`);
  }
  if (problem !== undefined) throw new RpcError(`Invalid arguments supplied\n${problem}`);
}

/** The facts that an instance takes from its image and its user-data. */
export function describeSource(request: LaunchRequest, image: CatalogImage): StaleImage {
  const known = image.remote !== "" || image.os !== "";
  return {
    image: request.image,
    imageHash: image.hash,
    imageRelease: image.release,
    listRelease: known ? `${image.os} ${image.release}` : "Not Available",
    guestRelease: image.guestRelease,
    cloudInit: request.cloudInit,
  };
}

/** The record of the requested instance, before its first start. */
export function newInstance(
  { instances, store }: Life,
  networks: Networks,
  request: LaunchRequest,
  name: string,
  image: CatalogImage,
  zone: string,
  disk: number,
): InstanceStateRecord {
  // A record left by an interrupted launch of this name silently overrides the request.
  const stale = store.world.staleImages[name];
  delete store.world.staleImages[name];
  return {
    name,
    state: "Stopped",
    deleted: false,
    zone,
    cpus: request.cpus,
    memory: parseMemorySize(request.memory ?? "1G") ?? GiB,
    disk,
    ...(stale ?? describeSource(request, image)),
    ipv4: instances.nextAddress(zone),
    mac: instances.nextMac(),
    networks: request.networks.map((network) => ({
      ...network,
      id: networks.resolve(network.id),
      mac: network.mac || instances.nextMac(),
    })),
    bridged: request.networks.some(({ id }) => networks.isBridge(id)),
    mounts: {},
    snapshots: {},
    snapshotsTaken: 0,
    cloneCount: 0,
    currentSnapshot: "",
    bootedAt: 0,
    sshAt: 0,
    cloudInitAt: 0,
    boots: 0,
  };
}
