import type { Clock } from "../driver/clock.ts";
import { requireSecure } from "./http.ts";
import { type Image, parseImage, type ResolvedImage } from "./image.ts";
import { findImage, IMAGE_SERVERS, indexOf, readProducts } from "./simplestreams.ts";

/** Environment variable that names a mirror of cloud-images.ubuntu.com for this package. */
export const IMAGE_SERVER_VARIABLE = "PULUMI_MULTIPASS_IMAGE_SERVER";

/**
 * Base URLs by remote.
 *
 * @param named servers from the user's arguments; they win
 * @param env may name a mirror of cloud-images.ubuntu.com, which replaces the host of all other remotes
 * @param daemonMirror the daemon's own mirror (`local.image.mirror`), used if the environment names none
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

/** Index of Ubuntu Core's images, without which the daemon has no list (`src/daemon/daemon_config.cpp`). */
const CORE_INDEX = "https://cdimage.ubuntu.com/ubuntu-core/streams/v1/index.json";

/** Milliseconds that a server may take for one attempt. */
const TRY_MS = 20_000;
/** Milliseconds for which a list stays cached. */
const FRESH_MS = 15 * 60_000;

/**
 * Reads the lists of the image servers in this process. All callers that wait for one server share its
 * answer.
 */
export class Catalogue {
  readonly #servers: Record<string, string>;
  readonly #clock: Clock;
  readonly #isPublic: boolean;
  readonly #lists = new Map<string, { at: number; products: ReturnType<typeof readProducts> }>();

  /** @param isPublic whether these are Multipass's default servers and not a mirror */
  constructor(servers: Record<string, string>, clock: Clock, isPublic = false) {
    this.#servers = servers;
    this.#clock = clock;
    this.#isPublic = isPublic;
  }

  /**
   * The document whose reading shows that an image's server is available. For a URL, any document does that
   * needs a network.
   */
  indexFor(image: Image): string {
    const remote = (image.kind === "name" && image.remote) || "release";
    return indexOf(this.#servers[remote] ?? (this.#servers["release"] as string));
  }

  /** The indexes that the daemon reads at each fetch. If one cannot be read, its list stays empty. */
  get indexes(): string[] {
    return [this.indexFor(parseImage()), ...(this.#isPublic ? [CORE_INDEX] : [])];
  }

  /** Whether these servers may have the image. Other publishers (`core:`, Debian) have their own. */
  covers(image: Image): boolean {
    if (image.kind !== "name") return false;
    return image.remote === undefined || this.#servers[image.remote] !== undefined;
  }

  /** Looks a name up once; undefined if no server has it. @throws MultipassError while one is away */
  async resolve(image: Image): Promise<ResolvedImage | undefined> {
    if (image.kind !== "name") return undefined;
    // For an image without a remote, Multipass searches the releases first.
    for (const remote of image.remote === undefined ? ["release", "daily"] : [image.remote]) {
      const server = this.#servers[remote];
      if (server === undefined) continue;
      const found = findImage(await this.#products(server), server, image.name);
      if (found) return found;
    }
    return undefined;
  }

  #products(server: string): ReturnType<typeof readProducts> {
    const known = this.#lists.get(server);
    if (known && this.#clock.now() - known.at < FRESH_MS) return known.products;
    // Has its own timeout instead of the caller's signal, since others wait for the same answer.
    const products = readProducts(server, AbortSignal.timeout(TRY_MS));
    this.#lists.set(server, { at: this.#clock.now(), products });
    products.catch(() => this.#lists.delete(server));
    return products;
  }
}
