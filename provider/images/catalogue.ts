import type { Clock } from "../core/operation/clock.ts";
import { isMultipassError } from "../driver/errors.ts";
import { getJson, requireSecure } from "./http.ts";
import { type Image, parseImage } from "./image.ts";
import { findImage, IMAGE_SERVERS, indexOf, type ResolvedImage, readProducts } from "./simplestreams.ts";

/** The environment variable that names a mirror of cloud-images.ubuntu.com for this package. */
export const IMAGE_SERVER_VARIABLE = "PULUMI_MULTIPASS_IMAGE_SERVER";

/**
 * Base URLs by remote.
 *
 * @param named what the user's arguments say; they win
 * @param env may name a mirror of cloud-images.ubuntu.com, which replaces the host of all other remotes
 * @param daemonMirror the one that the daemon itself is told to use (`local.image.mirror`), if the environment names none
 */
export function imageServers(
  named: Readonly<Record<string, string>> = {},
  env: NodeJS.ProcessEnv = process.env,
  daemonMirror?: string,
): Record<string, string> {
  const mirror = env[IMAGE_SERVER_VARIABLE] || daemonMirror;
  const servers = Object.entries({ ...IMAGE_SERVERS, ...named }).map(([remote, url]) => {
    const path =
      mirror && !named[remote] ? new URL(new URL(url).pathname.slice(1), withSlash(mirror)).href : url;
    return [remote, requireSecure(withSlash(path)).href];
  });
  return Object.fromEntries(servers);
}

function withSlash(url: string): string {
  return url.endsWith("/") ? url : `${url}/`;
}

/** Ubuntu Core's images: the daemon's list cannot do without them either. Source: `src/daemon/daemon_config.cpp`. */
const CORE_INDEX = "https://cdimage.ubuntu.com/ubuntu-core/streams/v1/index.json";

/** Milliseconds between two tries to read an index: short, since each is one cheap request that fails at once while offline. */
const PROBE_MS = 500;
/** Milliseconds that a server may take for one try. */
const TRY_MS = 20_000;
/** Milliseconds for which a list that was read is taken for good. */
const FRESH_MS = 15 * 60_000;

/**
 * What the image servers publish, read by this process itself. Whoever waits for a server waits with everybody else who does.
 */
export class Catalogue {
  readonly #servers: Record<string, string>;
  readonly #clock: Clock;
  readonly #isPublic: boolean;
  readonly #lists = new Map<string, { at: number; products: ReturnType<typeof readProducts> }>();

  /** @param isPublic whether these are the servers that Multipass has by default, and no mirror */
  constructor(servers: Record<string, string>, clock: Clock, isPublic = false) {
    this.#servers = servers;
    this.#clock = clock;
    this.#isPublic = isPublic;
  }

  /** The document that tells whether the server of an image can be read; for one by URL or of another publisher, whether there is a network. */
  indexFor(image: Image): string {
    return indexOf(this.#serverOf(image) ?? (this.#servers["release"] as string));
  }

  #serverOf(image: Image): string | undefined {
    return this.#servers[(image.kind === "name" && image.remote) || "release"];
  }

  /** What the daemon reads as well whenever it fetches its list: where one cannot be read, it has none. */
  get indexes(): string[] {
    return [this.indexFor(parseImage()), ...(this.#isPublic ? [CORE_INDEX] : [])];
  }

  /** Whether these servers may have the image. Those of other publishers (`core:`, Debian's) are elsewhere, and a URL is no name to look for. */
  covers(image: Image): boolean {
    if (image.kind !== "name") return false;
    return image.remote === undefined || this.#servers[image.remote] !== undefined;
  }

  /**
   * Resolves an image by name, once.
   *
   * @returns undefined where no server has it
   * @throws MultipassError `download-failed` while the server cannot be reached
   */
  async resolve(image: Image): Promise<ResolvedImage | undefined> {
    if (image.kind !== "name") return undefined;
    // Multipass looks an image without a remote up in the releases first.
    for (const remote of image.remote === undefined ? ["release", "daily"] : [image.remote]) {
      const server = this.#servers[remote];
      if (server === undefined) continue;
      const found = findImage(await this.#products(server), server, image.name);
      if (found) return found;
    }
    return undefined;
  }

  /**
   * Resolves an image by name as soon as its server can be reached from this host.
   *
   * @returns undefined where no server has it, or where the signal was raised before
   */
  async whenReachable(image: Image, signal: AbortSignal): Promise<ResolvedImage | undefined> {
    while (!signal.aborted) {
      try {
        return await this.resolve(image);
      } catch (error) {
        if (!isMultipassError(error, "download-failed")) return undefined;
      }
      await this.#clock.sleep(PROBE_MS, signal);
    }
    return undefined;
  }

  /**
   * Waits until the image's server, which is away now, is back.
   *
   * @returns true when it is back; false at once where it is not away or is not known, and when the signal is raised
   */
  async whenBack(image: Image, signal: AbortSignal): Promise<boolean> {
    const server = this.#serverOf(image);
    if (server === undefined || (await isThere(server))) return false;
    do await this.#clock.sleep(PROBE_MS, signal);
    while (!signal.aborted && !(await isThere(server)));
    return !signal.aborted;
  }

  #products(server: string): ReturnType<typeof readProducts> {
    const known = this.#lists.get(server);
    if (known && this.#clock.now() - known.at < FRESH_MS) return known.products;
    // Bound to its own time and not to the caller's signal: others wait for the same answer.
    const products = readProducts(server, AbortSignal.timeout(TRY_MS));
    this.#lists.set(server, { at: this.#clock.now(), products });
    products.catch(() => this.#lists.delete(server));
    return products;
  }
}

/** Whether a server can be read now, whatever is remembered of it. */
function isThere(server: string): Promise<boolean> {
  return getJson(indexOf(server), AbortSignal.timeout(TRY_MS)).then(
    () => true,
    () => false,
  );
}
