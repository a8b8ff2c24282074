import { existsSync, statSync } from "node:fs";
import { RpcError } from "../cli/errors.ts";
import type { CatalogImage } from "./images.ts";
import type { Life } from "./life.ts";

/** The client to which a launch reports, which may disconnect. */
export interface LaunchObserver {
  progress(message: string): void;
  percent(percent: number): void;
  readonly gone: AbortSignal;
}

/** The minimum size of a disk for an Ubuntu cloud image. */
export const UBUNTU_VIRTUAL_SIZE = 3_758_096_384;

/** Source images: the cache, and downloads that launches of one image share. */
export class ImageStore {
  readonly #life: Life;
  readonly #downloads = new Map<string, Promise<void>>();

  constructor(life: Life) {
    this.#life = life;
  }

  /** Makes the image available (part of phase F). Resolves to its virtual size. */
  async fetch(image: CatalogImage, observer: LaunchObserver): Promise<number> {
    const { store, faults, clock, ended } = this.#life;
    if (image.url.startsWith("file:")) return this.#localFile(image.url);
    const cached = store.world.cachedImages;
    if (!cached.includes(image.url)) {
      const running = this.#downloads.get(image.url);
      if (running) {
        observer.progress("Preparing image: ");
        await running;
      } else {
        const download = this.#download(image.url, observer).finally(() => this.#downloads.delete(image.url));
        this.#downloads.set(image.url, download);
        await download;
        cached.push(image.url);
        store.save();
      }
    }
    observer.progress("Verifying image");
    await clock.sleep(((faults.plan.imagePrepareSeconds ?? 0) * 1000) / 2, ended);
    return UBUNTU_VIRTUAL_SIZE;
  }

  #localFile(url: string): number {
    const path = decodeURIComponent(url.replace(/^file:\/\//, ""));
    if (!existsSync(path)) throw new RpcError(`Custom image \`${path}\` does not exist.`);
    return statSync(path).size;
  }

  /** At every percent the daemon checks if the client that started the download has disconnected. */
  async #download(url: string, observer: LaunchObserver): Promise<void> {
    const { clock, faults, ended } = this.#life;
    const address = new URL(url);
    const fail = (cause: string) => new RpcError(`failed to download from '${url}': ${cause}`);
    const checkNetwork = async () => {
      const network = faults.network(clock.now(), address.hostname);
      if (network === "good") return;
      if (network !== "dropped") {
        const cause = network === "refused" ? "Connection refused" : `Host ${address.hostname} not found`;
        this.#life.log("url downloader", `Cannot retrieve headers for ${url}: ${cause}`);
        throw fail(cause);
      }
      await clock.sleep(10_000, ended);
      throw fail("Operation canceled");
    };
    const step = ((faults.plan.imageDownloadSeconds ?? 0) * 1000) / 100;
    await checkNetwork();
    if (isLoopback(url)) await realGet(address).catch((error: Error) => Promise.reject(fail(error.message)));
    const checkClient = () => {
      if (observer.gone.aborted) throw new RpcError("Operation canceled");
    };
    for (let percent = 0; percent <= 100; percent += 1) {
      checkClient();
      if (percent % 10 === 0 || step > 0) observer.percent(percent);
      if (step > 0) {
        await clock.sleep(step, ended);
        await checkNetwork();
      }
    }
    checkClient();
  }
}

/** Whether an image is served by this host; only then is it really requested. */
export function isLoopback(url: string): boolean {
  const hostname = URL.canParse(url) ? new URL(url).hostname : "";
  return hostname === "127.0.0.1" || hostname === "localhost" || hostname === "[::1]";
}

/**
 * Images on the loopback interface belong to a test's own server, so they are really requested. All others
 * are imaginary.
 */
function realGet(address: URL): Promise<void> {
  // Importing these would also load the fetch client, and cost every start of the daemon 50 ms of processor
  // time.
  const http = process.getBuiltinModule("node:http");
  const https = process.getBuiltinModule("node:https");
  return new Promise((resolve, reject) => {
    const answered = (response: import("node:http").IncomingMessage) => {
      response.resume();
      if (response.statusCode !== 200) {
        reject(new Error(`Error transferring ${address} - server replied: ${response.statusMessage}`));
      } else {
        response.on("end", resolve).on("error", reject);
      }
    };
    const request =
      address.protocol === "https:"
        ? https.get(address, { rejectUnauthorized: false }, answered)
        : http.get(address, answered);
    request.on("error", (error: NodeJS.ErrnoException) =>
      reject(new Error(error.code === "ECONNREFUSED" ? "Connection refused" : error.message)),
    );
  });
}
