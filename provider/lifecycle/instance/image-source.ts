import { pathToFileURL } from "node:url";
import { isMultipassError, MultipassError } from "../../multipass/errors.ts";
import { capabilities } from "../../multipass/version.ts";
import { aborted } from "../../readiness/clock.ts";
import type { Gate } from "../../readiness/gate.ts";
import { daemonBack, networkChange } from "../../readiness/host-watch.ts";
import { type Catalogue, IMAGE_SERVER_VARIABLE } from "../../readiness/images/catalogue.ts";
import { downloadImage, imageFolder } from "../../readiness/images/download.ts";
import { shownUrl } from "../../readiness/images/http.ts";
import { type ResolvedImage, splitImage } from "../../readiness/images/simplestreams.ts";
import type { Wait } from "../../readiness/retry.ts";
import type { Surroundings } from "../operation.ts";
import { whenListed } from "./daemon-list.ts";
import { DOWNLOAD_FAILURES, refusedByServer } from "./image-refused.ts";
import type { InstanceInputs } from "./model.ts";
import { refreshImageList, restartForImages } from "./remedies.ts";
import type { RemediesInput } from "./waiting.ts";

/** Milliseconds for which one failure is taken to mean that the daemon's image list is bad for every other launch, too. */
const LIST_IS_BAD_MS = 60_000;

/** Names of images that are not Ubuntu's, which Multipass knows since 1.17 on any usual processor. */
const OTHER_PUBLISHERS: readonly string[] = ["debian", "trixie", "fedora"];

/** Milliseconds that the daemon may take to name its mirror. */
const MIRROR_MS = 30_000;

/** What a launch is given instead of the image that was asked for. */
export interface Substitute {
  image: ResolvedImage;
  /** `https://…`, or `file://…` for one that was downloaded here. */
  url: string;
}

/**
 * Where the next launch takes its image from, and when another try is worth its price: the ladder of remedies.
 *
 * A daemon without an image list refuses every alias, up to 15 minutes after the network is good again; an image by URL it takes at once.
 * So as soon as this host itself can read what the image server publishes, the alias is resolved here.
 */
export class ImageSource {
  readonly #op: Surroundings;
  readonly #inputs: InstanceInputs;
  #catalogue: Catalogue;
  readonly #remedies: RemediesInput;
  /** What the last launch was given. */
  substitute: Substitute | undefined;
  /** What was done, in words, for the diagnosis. */
  readonly done: string[] = [];
  #resolved: ResolvedImage | undefined;
  /** How often what was downloaded was not what the server's list says. */
  #mismatches = 0;
  /** Whether the daemon was asked for its mirror. */
  #knowsMirror = false;
  #mirrorUnknown: MultipassError | undefined;
  /** Whether the daemon has failed to download by URL: then it has no network of its own. */
  #daemonIsOffline = false;
  #knowsOtherPublishers = false;
  /** Whether this daemon takes anything but an alias that it may be given. */
  #substitutes = true;
  /** Whether no server that this package reads has the image: then only the daemon may know it. */
  #unlisted = false;

  constructor(op: Surroundings, inputs: InstanceInputs) {
    this.#op = op;
    this.#inputs = inputs;
    this.#remedies = inputs.remedies ?? {};
    this.#catalogue = op.host.catalogue(this.#remedies.imageServers);
  }

  get #resolves(): boolean {
    if (!this.#substitutes || this.#unlisted) return false;
    const { directImage = true, localImage = false } = this.#remedies;
    return (directImage || localImage) && this.#catalogue.covers(this.#inputs.image);
  }

  /**
   * Takes the next rung of the ladder, if the last launches have shown that there is need.
   *
   * @returns what to launch instead of the image that was asked for, or undefined to leave the look-up to the daemon
   */
  async next(): Promise<Substitute | undefined> {
    const { host, clock, signal } = this.#op;
    this.substitute = undefined;
    const { client } = await host.version({ signal });
    this.#knowsOtherPublishers = capabilities(client).otherPublishers;
    if (host.listFailedAt === undefined || clock.now() - host.listFailedAt > LIST_IS_BAD_MS) return undefined;
    if (this.#resolves) {
      if (await this.#heedsMirror()) await this.#resolve();
      if (this.#resolved) this.substitute = await this.#substituteFor(this.#resolved);
    }
    if (this.substitute || !(await this.#hostIsOnline())) return this.substitute;
    // Both at most once for the whole host, whoever comes first; neither while the host is offline, when they make it worse.
    this.done.push(...(await refreshImageList(this.#op, this.#remedies)));
    this.done.push(...(await restartForImages(this.#op, this.#remedies)));
    return undefined;
  }

  async #resolve(): Promise<void> {
    if (this.#resolved) return;
    try {
      this.#resolved = await this.#catalogue.resolve(this.#inputs.image);
      this.#unlisted = this.#resolved === undefined;
    } catch (error) {
      // A server that is away, or whose list nobody can read, says nothing of the image.
      if (!isMultipassError(error)) throw error;
    }
  }

  /**
   * Whoever has told the daemon to use a mirror wants no image from elsewhere.
   *
   * @returns false where the daemon could not be asked: then nothing is resolved here for now
   */
  async #heedsMirror(): Promise<boolean> {
    const { host, signal } = this.#op;
    if (this.#knowsMirror) return true;
    const { imageServers: named = {} } = this.#remedies;
    const remote = splitImage(this.#inputs.image)?.remote ?? "release";
    // Named by the user for this package, and so above what the daemon is told.
    const isNamed = named[remote] !== undefined || Boolean(host.machine.env[IMAGE_SERVER_VARIABLE]);
    try {
      const mirror = isNamed ? undefined : await host.mirror({ timeoutMs: MIRROR_MS, signal });
      if (mirror) this.#catalogue = host.catalogue(this.#remedies.imageServers, mirror);
      this.#knowsMirror = true;
    } catch (error) {
      if (!isMultipassError(error)) throw error;
      this.#mirrorUnknown = error;
    }
    return this.#knowsMirror;
  }

  async #substituteFor(resolved: ResolvedImage): Promise<Substitute | undefined> {
    const { directImage = true, localImage = false, imageFolder: folder = imageFolder() } = this.#remedies;
    const { log, signal } = this.#op;
    const asked = this.#inputs.image ?? "the default image";
    // What is said and written down of it; the password of a mirror is no part of that.
    const image = { ...resolved, url: shownUrl(resolved.url) };
    // Every user of the host can read the arguments of a launch.
    const hasPassword = image.url !== resolved.url;
    if (hasPassword && !localImage) {
      this.#substitutes = false;
      this.#say(
        `not launching ${asked} by its URL at ${new URL(image.url).host}: every user of this host could read the password in it. The daemon's own image list is waited for; \`remedies: { localImage: true }\` lets this package download the image instead`,
      );
      return undefined;
    }
    // Without a download of our own, another try by URL is the best there is: the network may only have gone for a moment.
    if (directImage && !hasPassword && !(this.#daemonIsOffline && localImage)) {
      this.#say(
        `the daemon has no image list yet: launching ${asked} (build ${image.version}) by its URL, ${image.url}`,
      );
      return { image, url: resolved.url };
    }
    if (!localImage) return undefined;
    this.#say(
      `the daemon ${hasPassword ? "has no image list yet" : "cannot reach the image servers"}: downloading ${asked} (build ${image.version}) for it to ${folder}`,
    );
    const onProgress = (percent: number) => log.status(`downloading ${asked} · ${percent} %`);
    return { image, url: pathToFileURL(await downloadImage(resolved, { folder, signal, onProgress })).href };
  }

  #say(message: string): void {
    if (this.done.includes(message)) return;
    this.done.push(message);
    // Many creates of one run do the same for the same reason, and one line tells of all.
    const { host, log } = this.#op;
    host.announced ??= new Set();
    if (!host.announced.has(message)) log.info(message);
    host.announced.add(message);
  }

  /** The servers from which the daemon gets the image and its list. @throws MultipassError while the daemon does not name its mirror */
  async servers(): Promise<Catalogue> {
    if (!(await this.#heedsMirror())) throw this.#mirrorUnknown;
    return this.#catalogue;
  }

  /** The gate at which this create waits for the host together with others like it. */
  get gate(): Gate {
    const { direct, list, local } = this.#op.host.gates;
    if (this.#inputs.image?.startsWith("file:")) return local;
    return this.#resolves || splitImage(this.#inputs.image) === undefined ? direct : list;
  }

  /**
   * Whether a failure that may pass has shown that it does not: an image that is not what the server's list says a second time is so for a
   * reason, and each try costs its download.
   */
  isHopeless(error: MultipassError): boolean {
    if (error.kind === "image-hash-mismatch") return this.#mismatches > 1;
    return error.kind === "image-refused" && this.#isUrl;
  }

  /** Whether the user named the image by its URL. */
  get #isUrl(): boolean {
    return splitImage(this.#inputs.image) === undefined;
  }

  /** Whether a failure is of the one image that the user named by URL, and says nothing of the host. */
  concernsOnly(error: MultipassError): boolean {
    return DOWNLOAD_FAILURES.includes(error.kind) && this.#isUrl;
  }

  /** @returns an error to go on with instead, where it is only the substitute that was refused for good */
  async failed(error: unknown): Promise<MultipassError | undefined> {
    if (isMultipassError(error, "download-failed") && this.#isUrl)
      return refusedByServer(this.#inputs.image as string, error, this.#op.signal);
    if (isMultipassError(error, "image-hash-mismatch")) this.#mismatches += 1;
    if (isMultipassError(error, "images-unreachable")) this.#op.host.listFailedAt = this.#op.clock.now();
    if (isMultipassError(error, "image-unknown") && this.#isOfOtherPublisher) return notListed(error);
    if (!this.substitute) return undefined;
    if (isMultipassError(error, "download-failed", "image-server-untrusted")) this.#daemonIsOffline = true;
    // The server's list names what is not there any more.
    if (isMultipassError(error, "image-unknown", "image-refused")) this.#resolved = undefined;
    if (!isMultipassError(error, "url-images-unsupported", "image-unknown")) return undefined;
    // Some drivers take no images by URL at all. What the user asked for has not been refused by that.
    if (error.kind === "url-images-unsupported") this.#substitutes = false;
    return notListed(error);
  }

  /** From 1.17 on their list is fetched apart, and the daemon does not tell when that has failed: the images are just not there. */
  get #isOfOtherPublisher(): boolean {
    const { remote, name } = splitImage(this.#inputs.image) ?? {};
    return this.#knowsOtherPublishers && !remote && OTHER_PUBLISHERS.includes(name?.toLowerCase() ?? "");
  }

  /** Ends when the world has changed so that another launch may succeed. Runs for as long as the pause between two tries. */
  async whenWorthAnotherTry(wait: Wait, signal: AbortSignal): Promise<void> {
    const { host, clock } = this.#op;
    switch (wait.error.kind) {
      case "daemon-unreachable":
      case "daemon-initialising":
        await daemonBack(clock, signal, host.machine);
        if (!signal.aborted) this.#op.log.info("the Multipass daemon is listening");
        return;
      case "images-unreachable":
        return Promise.race([networkChange(clock, signal), this.#whenResolved(signal)]);
      case "download-failed":
      case "image-refused":
      case "image-server-untrusted":
        return Promise.race([networkChange(clock, signal), this.#whenServerIsBack(signal)]);
      default:
        return aborted(signal);
    }
  }

  async #whenResolved(signal: AbortSignal): Promise<void> {
    if (this.#resolves) {
      // Known from before: no news any more, unless the last launch has left the look-up to the daemon all the same.
      if (this.#resolved) return this.substitute ? aborted(signal) : undefined;
      if (await this.#heedsMirror()) {
        this.#resolved = await this.#catalogue.whenReachable(this.#inputs.image, signal);
        this.#unlisted ||= this.#resolved === undefined && !signal.aborted;
      }
      // Another try, if only behind those who wait for the same: see `gate`.
      if (this.#resolved || this.#unlisted) return;
    }
    // Only the daemon can look this image up.
    return whenListed(this.#op, this.#catalogue, signal);
  }

  /** A server that was there all the time is no news either: then it is the daemon that cannot reach it. */
  async #whenServerIsBack(signal: AbortSignal): Promise<void> {
    if (!(await this.#catalogue.whenBack(this.#inputs.image, signal))) return aborted(signal);
  }

  /** Whether this host can read what Ubuntu's server publishes; whatever the image, that tells whether there is a network. */
  async #hostIsOnline(): Promise<boolean> {
    return this.#catalogue.resolve(undefined).then(
      () => true,
      () => false,
    );
  }
}

/** Takes an image that is said not to exist for one that is only not listed yet. */
function notListed(error: MultipassError): MultipassError {
  return new MultipassError(error.summary, {
    ...error,
    kind: "images-unreachable",
    transient: true,
    cause: error,
  });
}
