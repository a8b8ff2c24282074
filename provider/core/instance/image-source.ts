import { pathToFileURL } from "node:url";
import { type ErrorKind, isMultipassError, MultipassError } from "../../driver/errors.ts";
import { capabilities } from "../../driver/version.ts";
import { daemonBack, networkChange } from "../../host/watch.ts";
import { type Catalogue, IMAGE_SERVER_VARIABLE } from "../../images/catalogue.ts";
import { downloadImage, imageFolder } from "../../images/download.ts";
import { shownUrl } from "../../images/http.ts";
import { type Image, parseImage } from "../../images/image.ts";
import type { ResolvedImage } from "../../images/simplestreams.ts";
import { aborted } from "../operation/clock.ts";
import type { Gate } from "../operation/gate.ts";
import type { Surroundings } from "../operation/operation.ts";
import type { Wait } from "../operation/retry.ts";
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

/** Who finds the image while the daemon has no image list. */
type Lookup =
  /** This package, as soon as it can read the image servers. */
  | { state: "open" }
  /** This package has found it. */
  | { state: "found"; image: ResolvedImage }
  /** Only the daemon: nobody else knows the image, or the daemon takes nothing but what was asked for. */
  | { state: "daemon" };

/**
 * Decides what the next launch is given as its image, and when another try is worth its price.
 *
 * A daemon without an image list refuses every image by name, up to 15 minutes after the network is good again. An image by URL it takes
 * at once. So as soon as this computer can read the image servers, this package looks the name up itself.
 */
export class ImageSource {
  readonly image: Image;
  readonly #op: Surroundings;
  /** The image as messages call it. */
  readonly #asked: string;
  readonly #remedies: RemediesInput;
  #lookup: Lookup;
  #servers: Catalogue | undefined;
  /** What the last launch was given. */
  substitute: Substitute | undefined;
  /** What was done besides trying, in words, for the diagnosis. */
  readonly done: string[] = [];
  /** How often a download was not what the server's list says. */
  #mismatches = 0;
  /** Whether the daemon failed to download by URL. Then it has no network of its own. */
  #daemonIsOffline = false;

  constructor(op: Surroundings, { image, remedies = {} }: Pick<InstanceInputs, "image" | "remedies">) {
    this.image = parseImage(image);
    this.#op = op;
    this.#asked = image ?? "the default image";
    this.#remedies = remedies;
    const { directImage = true, localImage = false, imageServers } = remedies;
    const isOurs = (directImage || localImage) && op.multipass.catalogue(imageServers).covers(this.image);
    this.#lookup = { state: isOurs ? "open" : "daemon" };
  }

  /**
   * The servers from which the daemon gets the image and its list: its mirror, if it has one. A mirror that the user named for this package
   * comes first.
   *
   * @throws MultipassError while the daemon does not name its mirror
   */
  async servers(): Promise<Catalogue> {
    if (this.#servers) return this.#servers;
    const { multipass, signal } = this.#op;
    const { imageServers = {} } = this.#remedies;
    const remote = (this.image.kind === "name" && this.image.remote) || "release";
    const isNamed =
      imageServers[remote] !== undefined || Boolean(multipass.computer.env[IMAGE_SERVER_VARIABLE]);
    const mirror = isNamed ? undefined : await multipass.mirror({ timeoutMs: MIRROR_MS, signal });
    this.#servers = multipass.catalogue(imageServers, mirror);
    return this.#servers;
  }

  /** The gate at which this create waits for the host, together with others like it. */
  get gate(): Gate {
    const { direct, list, local } = this.#op.multipass.gates;
    if (this.image.kind === "file") return local;
    return this.image.kind === "url" || this.#lookup.state !== "daemon" ? direct : list;
  }

  /**
   * Takes the next rung of the ladder of remedies, if the last launches showed that there is need.
   *
   * @returns what to launch instead of the image that was asked for; undefined to leave the look-up to the daemon
   */
  async next(): Promise<Substitute | undefined> {
    this.substitute = undefined;
    const { multipass, clock } = this.#op;
    if (multipass.listFailedAt === undefined || clock.now() - multipass.listFailedAt > LIST_IS_BAD_MS)
      return undefined;
    const found = await this.#find();
    if (found) this.substitute = await this.#substituteFor(found);
    if (!this.substitute && (await this.#isOnline())) {
      // Each at most once for the whole host, and never while the host is offline, when they make it worse.
      this.done.push(...(await refreshImageList(this.#op, this.#remedies)));
      this.done.push(...(await restartForImages(this.#op, this.#remedies)));
    }
    return this.substitute;
  }

  async #find(): Promise<ResolvedImage | undefined> {
    if (this.#lookup.state === "open") {
      try {
        this.#noteFound(await (await this.servers()).resolve(this.image));
      } catch (error) {
        // A server that is away, or whose list nobody can read, says nothing of the image.
        if (!isMultipassError(error)) throw error;
      }
    }
    return this.#lookup.state === "found" ? this.#lookup.image : undefined;
  }

  #noteFound(image: ResolvedImage | undefined): void {
    this.#lookup = image ? { state: "found", image } : { state: "daemon" };
  }

  /** Whether this computer can read what Ubuntu's server publishes. Whatever the image, that tells whether there is a network. */
  async #isOnline(): Promise<boolean> {
    return this.servers()
      .then((servers) => servers.resolve(parseImage()))
      .then(
        () => true,
        () => false,
      );
  }

  async #substituteFor(found: ResolvedImage): Promise<Substitute | undefined> {
    const { directImage = true, localImage = false } = this.#remedies;
    // What is said and written down of it. The password of a mirror is no part of that.
    const image = { ...found, url: shownUrl(found.url) };
    // Every user of the host can read the arguments of a launch.
    const hasPassword = image.url !== found.url;
    // Without a download of our own, another try by URL is the best there is: the network may only have gone for a moment.
    if (directImage && !hasPassword && !(this.#daemonIsOffline && localImage)) {
      this.#say(
        `the daemon has no image list yet: launching ${this.#asked} (build ${image.version}) by its URL, ${image.url}`,
      );
      return { image, url: found.url };
    }
    if (localImage) return { image, url: await this.#download(found, image.version, hasPassword) };
    if (hasPassword) {
      this.#lookup = { state: "daemon" };
      this.#say(
        `not launching ${this.#asked} by its URL at ${new URL(image.url).host}: every user of this host could read the password in it. The daemon's own image list is waited for; \`remedies: { localImage: true }\` lets this package download the image instead`,
      );
    }
    return undefined;
  }

  async #download(found: ResolvedImage, version: string, hasPassword: boolean): Promise<string> {
    const { log, signal } = this.#op;
    const { imageFolder: folder = imageFolder() } = this.#remedies;
    const why = hasPassword ? "has no image list yet" : "cannot reach the image servers";
    this.#say(`the daemon ${why}: downloading ${this.#asked} (build ${version}) for it to ${folder}`);
    const onProgress = (percent: number) => log.status(`downloading ${this.#asked} · ${percent} %`);
    return pathToFileURL(await downloadImage(found, { folder, signal, onProgress })).href;
  }

  #say(message: string): void {
    if (this.done.includes(message)) return;
    this.done.push(message);
    // Many creates of one run do the same for the same reason, and one line tells of all.
    const { multipass, log } = this.#op;
    multipass.announced ??= new Set();
    if (!multipass.announced.has(message)) log.info(message);
    multipass.announced.add(message);
  }

  /**
   * Learns from the failure of a launch.
   *
   * @returns the error to go on with. It differs where only the substitute was refused, or a server said why
   */
  async failed(error: MultipassError): Promise<MultipassError> {
    switch (error.kind) {
      case "images-unreachable":
        this.#op.multipass.listFailedAt = this.#op.clock.now();
        return error;
      case "image-hash-mismatch":
        this.#mismatches += 1;
        return error;
      case "download-failed":
        if (this.image.kind !== "name") return refusedByServer(this.image.url, error, this.#op.signal);
        this.#daemonIsOffline ||= this.substitute !== undefined;
        return error;
      case "image-server-untrusted":
        this.#daemonIsOffline ||= this.substitute !== undefined;
        return error;
      case "image-refused":
        // The server's list names what is not there any more.
        if (this.substitute) this.#lookup = { state: "open" };
        return error;
      case "image-unknown":
        if (this.substitute) this.#lookup = { state: "open" };
        return this.substitute || (await this.#isOfOtherPublisher()) ? notListed(error) : error;
      case "url-images-unsupported":
        if (!this.substitute) return error;
        // Some drivers take no images by URL at all. That does not refuse what the user asked for.
        this.#lookup = { state: "daemon" };
        return notListed(error);
      default:
        return error;
    }
  }

  /** From 1.17 on their list is fetched apart, and the daemon does not tell when that has failed: the images are just not there. */
  async #isOfOtherPublisher(): Promise<boolean> {
    if (this.image.kind !== "name" || this.image.remote) return false;
    if (!OTHER_PUBLISHERS.includes(this.image.name.toLowerCase())) return false;
    const { multipass, signal } = this.#op;
    return capabilities((await multipass.version({ signal })).client).otherPublishers;
  }

  /**
   * Whether a failure that may pass has shown that it does not. A download that twice is not what the server's list says is so for a reason,
   * and each try costs its download.
   */
  isHopeless({ kind }: MultipassError): boolean {
    if (kind === "image-hash-mismatch") return this.#mismatches > 1;
    return kind === "image-refused" && this.image.kind !== "name";
  }

  /** Whether a failure is of the one image that the user named by URL, and says nothing of the host. */
  concernsOnly({ kind }: MultipassError): boolean {
    return this.image.kind !== "name" && DOWNLOAD_FAILURES.includes(kind);
  }

  /** Ends when the world has changed so that another launch may succeed. Runs for as long as the pause between two tries. */
  async whenWorthAnotherTry({ error }: Wait, signal: AbortSignal): Promise<void> {
    const { multipass, clock, log } = this.#op;
    if (error.kind === "images-unreachable") {
      return Promise.race([networkChange(clock, signal), this.#whenFound(signal)]);
    }
    if (DOWNLOAD_FAILURES.includes(error.kind)) {
      return Promise.race([networkChange(clock, signal), this.#whenServerIsBack(signal)]);
    }
    if (!DAEMON_IS_AWAY.includes(error.kind)) return aborted(signal);
    await daemonBack(clock, signal, multipass.computer);
    if (!signal.aborted) log.info("the Multipass daemon is listening");
  }

  async #whenFound(signal: AbortSignal): Promise<void> {
    // An image that was found before is no news, unless the last launch left the look-up to the daemon all the same.
    if (this.#lookup.state === "found") return this.substitute ? aborted(signal) : undefined;
    const servers = await this.servers();
    if (this.#lookup.state === "daemon") return whenListed(this.#op, servers, signal);
    const found = await servers.whenReachable(this.image, signal);
    if (found || !signal.aborted) this.#noteFound(found);
  }

  /** A server that was there all the time is no news either: then it is the daemon that cannot reach it. */
  async #whenServerIsBack(signal: AbortSignal): Promise<void> {
    if (!(await (await this.servers()).whenBack(this.image, signal))) return aborted(signal);
  }
}

const DAEMON_IS_AWAY: readonly ErrorKind[] = ["daemon-unreachable", "daemon-initialising"];

/** Takes an image that is said not to exist for one that is only not listed yet. */
function notListed(error: MultipassError): MultipassError {
  return new MultipassError(error.summary, {
    ...error,
    kind: "images-unreachable",
    transient: true,
    cause: error,
  });
}
