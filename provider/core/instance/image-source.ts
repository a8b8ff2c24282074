import { pathToFileURL } from "node:url";
import { aborted } from "../../driver/clock.ts";
import { type ErrorKind, isMultipassError, MultipassError } from "../../driver/errors.ts";
import { daemonBack, networkChange } from "../../host/watch.ts";
import { type Catalogue, IMAGE_SERVER_VARIABLE } from "../../images/catalogue.ts";
import { downloadImage, imageFolder } from "../../images/download.ts";
import { shownUrl } from "../../images/http.ts";
import { type Image, parseImage, type ResolvedImage } from "../../images/image.ts";
import type { Gate } from "../operation/gate.ts";
import type { Surroundings } from "../operation/operation.ts";
import type { Wait } from "../operation/retry.ts";
import { whenListed } from "./daemon-list.ts";
import { DOWNLOAD_FAILURES, refusedByServer } from "./image-refused.ts";
import type { InstanceInputs } from "./model.ts";
import { refreshImageList, restartForImages } from "./remedies.ts";
import type { RemediesInput } from "./waiting.ts";

/** Milliseconds for which one failed launch shows all others that the daemon has no image list. */
const LIST_IS_BAD_MS = 60_000;

/** Images of other publishers than Ubuntu, which Multipass offers since 1.17 on all common processors. */
const OTHER_PUBLISHERS: readonly string[] = ["debian", "trixie", "fedora"];

/** Milliseconds that the daemon may take to name its mirror. */
const MIRROR_MS = 30_000;

/** Milliseconds before another request to a server whose index can be read, but whose list cannot. */
const READ_AGAIN_MS = 1_000;

/** An image to launch in place of the one that was asked for. */
export interface Substitute {
  image: ResolvedImage;
  /** `https://…`, or `file://…` if this package downloaded the image. */
  url: string;
}

/**
 * Who looks the image up while the daemon has no image list.
 * - `open`: this package, as soon as it can read the image servers
 * - an image: this package has found it
 * - `daemon`: only the daemon, because this package does not know the image, or the daemon takes no substitute
 */
type Lookup = "open" | ResolvedImage | "daemon";

/**
 * Decides which image the next launch gets, and when another try is worthwhile.
 *
 * Without an image list the daemon refuses every image by name, up to 15 minutes after the network is back.
 * It accepts an image by URL at once. So this package looks the name up itself as soon as it can read the
 * image servers.
 */
export class ImageSource {
  readonly image: Image;
  readonly #op: Surroundings;
  /** The image as messages call it. */
  readonly #asked: string;
  readonly #remedies: RemediesInput;
  readonly #mayUseUrl: boolean;
  readonly #mayDownload: boolean;
  #lookup: Lookup;
  /** The substitute that the last launch used; undefined if it used none. */
  substitute: Substitute | undefined;
  /** The remedies tried so far, in words, for the diagnosis. */
  readonly done: string[] = [];
  /** How many downloads differed from the server's list. */
  #mismatches = 0;
  /** Whether the daemon failed to download by URL, which means that the daemon itself has no network. */
  #daemonIsOffline = false;

  constructor(op: Surroundings, { image, remedies = {} }: Pick<InstanceInputs, "image" | "remedies">) {
    this.image = parseImage(image);
    this.#op = op;
    this.#asked = image ?? "the default image";
    this.#remedies = remedies;
    const { directImage = true, localImage = false, imageServers } = remedies;
    this.#mayUseUrl = directImage;
    // A daemon on another host has neither our files nor our network.
    this.#mayDownload = localImage && op.multipass.computer.daemonHost === undefined;
    const isOurs =
      (this.#mayUseUrl || this.#mayDownload) && op.multipass.catalogue(imageServers).covers(this.image);
    this.#lookup = isOurs ? "open" : "daemon";
  }

  /**
   * The servers from which the daemon gets images and its list: its mirror, if it has one.
   * A mirror that the user set for this package takes precedence.
   *
   * @throws MultipassError while the daemon does not report its mirror
   */
  async servers(): Promise<Catalogue> {
    const { multipass, signal } = this.#op;
    const { imageServers = {} } = this.#remedies;
    const remote = (this.image.kind === "name" && this.image.remote) || "release";
    const isNamed =
      imageServers[remote] !== undefined || Boolean(multipass.computer.env[IMAGE_SERVER_VARIABLE]);
    const mirror = isNamed ? undefined : await multipass.mirror({ timeoutMs: MIRROR_MS, signal });
    return multipass.catalogue(imageServers, mirror);
  }

  /** The gate at which creates with the same needs wait for the host. */
  get gate(): Gate {
    const { direct, list, local } = this.#op.multipass.gates;
    if (this.image.kind === "file") return local;
    return this.image.kind === "url" || this.#lookup !== "daemon" ? direct : list;
  }

  /**
   * Applies the next remedy, if recent launches failed because the daemon had no image list.
   *
   * @returns the image to launch instead; undefined to let the daemon look the image up
   */
  async next(): Promise<Substitute | undefined> {
    this.substitute = undefined;
    const { multipass, clock } = this.#op;
    if (multipass.listFailedAt === undefined || clock.now() - multipass.listFailedAt > LIST_IS_BAD_MS)
      return undefined;
    const found = await this.#find();
    if (found) this.substitute = await this.#substituteFor(found);
    if (!this.substitute && (await this.#isOnline())) {
      // Each runs at most once for the whole host. While the host is offline they make matters worse.
      this.done.push(...(await refreshImageList(this.#op, this.#remedies)));
      this.done.push(...(await restartForImages(this.#op, this.#remedies)));
    }
    return this.substitute;
  }

  async #find(): Promise<ResolvedImage | undefined> {
    if (this.#lookup === "open") {
      try {
        this.#noteFound(await (await this.servers()).resolve(this.image));
      } catch (error) {
        // An unreachable server or an unreadable list says nothing about the image.
        if (!isMultipassError(error)) throw error;
      }
    }
    return typeof this.#lookup === "object" ? this.#lookup : undefined;
  }

  #noteFound(image: ResolvedImage | undefined): void {
    this.#lookup = image ?? "daemon";
  }

  /** Whether this computer can read Ubuntu's image server, which tells whether there is a network. */
  async #isOnline(): Promise<boolean> {
    return this.servers()
      .then((servers) => servers.resolve(parseImage()))
      .then(
        () => true,
        () => false,
      );
  }

  async #substituteFor(found: ResolvedImage): Promise<Substitute | undefined> {
    // For messages and records, which must not show the password of a mirror.
    const image = { ...found, url: shownUrl(found.url) };
    // Every user of the host can read the arguments of a launch.
    const hasPassword = image.url !== found.url;
    // Without a download of our own, another try by URL is best: the outage may have been short.
    if (this.#mayUseUrl && !hasPassword && !(this.#daemonIsOffline && this.#mayDownload)) {
      this.#say(`no image list in the daemon yet: launching by URL from ${new URL(image.url).host}`);
      return { image, url: found.url };
    }
    if (this.#mayDownload) return { image, url: await this.#download(found, hasPassword) };
    if (hasPassword) {
      this.#lookup = "daemon";
      this.#say(
        `not launching ${this.#asked} by its URL at ${new URL(image.url).host}: every user of this host could read the password in it. Waiting for the daemon's own image list; \`remedies: { localImage: true }\` lets this package download the image instead`,
      );
    }
    return undefined;
  }

  async #download(found: ResolvedImage, hasPassword: boolean): Promise<string> {
    const { log, signal } = this.#op;
    const { imageFolder: folder = imageFolder() } = this.#remedies;
    const why = hasPassword ? "has no image list yet" : "cannot reach the image servers";
    this.#say(`the daemon ${why}: downloading ${this.#asked} (build ${found.version}) for it to ${folder}`);
    const onProgress = (percent: number) => log.status(`downloading ${this.#asked} · ${percent} %`);
    return pathToFileURL(await downloadImage(found, { folder, signal, onProgress })).href;
  }

  #say(message: string): void {
    if (this.done.includes(message)) return;
    this.done.push(message);
    // Many creates of one run do this for the same reason; one line reports it for all.
    const { multipass, log } = this.#op;
    if (!multipass.announced.has(message)) log.info(message);
    multipass.announced.add(message);
  }

  /**
   * Learns from the failure of a launch.
   *
   * @returns the error to handle: a new one if only the substitute was refused, or a server gave the reason
   */
  async failed(error: MultipassError): Promise<MultipassError> {
    const { kind } = error;
    const { multipass, clock, signal } = this.#op;
    if (kind === "images-unreachable") multipass.listFailedAt = clock.now();
    if (kind === "image-hash-mismatch") this.#mismatches += 1;
    if (kind === "download-failed" && this.image.kind !== "name")
      return refusedByServer(this.image.url, error, signal);
    if (kind === "image-unknown" && (this.substitute || (await this.#isOfOtherPublisher()))) {
      if (this.substitute) this.#lookup = "open";
      return notListed(error);
    }
    if (!this.substitute) return error;
    if (kind === "download-failed" || kind === "image-server-untrusted") this.#daemonIsOffline = true;
    // The server's list was out of date: it names an image that is no longer there.
    if (kind === "image-refused") this.#lookup = "open";
    if (kind !== "url-images-unsupported") return error;
    // Some drivers accept no images by URL. That does not refuse the image that the user asked for.
    this.#lookup = "daemon";
    return notListed(error);
  }

  /** Images of other publishers are just missing (1.17 on) if the separate fetch of their list failed. */
  async #isOfOtherPublisher(): Promise<boolean> {
    if (this.image.kind !== "name" || this.image.remote) return false;
    if (!OTHER_PUBLISHERS.includes(this.image.name.toLowerCase())) return false;
    const { multipass, signal } = this.#op;
    return (await multipass.capabilities({ signal })).otherPublishers;
  }

  /** Whether a usually transient failure is permanent here, such as a second download that differs. */
  isHopeless({ kind }: MultipassError): boolean {
    if (kind === "image-hash-mismatch") return this.#mismatches > 1;
    return kind === "image-refused" && this.image.kind !== "name";
  }

  /** Whether a failure concerns only the image that the user gave by URL, not the host. */
  concernsOnly({ kind }: MultipassError): boolean {
    return this.image.kind !== "name" && DOWNLOAD_FAILURES.includes(kind);
  }

  /** Resolves when a change makes another launch worthwhile. Runs during the pause between two tries. */
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
    // An image found earlier is no reason for another try, unless the last launch used no substitute.
    if (typeof this.#lookup === "object") return this.substitute ? aborted(signal) : undefined;
    const servers = await this.servers();
    if (this.#lookup === "daemon") return whenListed(this.#op, servers, signal);
    const { guard } = this.#op.multipass;
    while (!signal.aborted) {
      await guard.whenReadable(servers.indexFor(this.image), signal);
      try {
        return this.#noteFound(await servers.resolve(this.image));
      } catch (error) {
        // A list that was read but cannot be parsed is left to the daemon. A list that could not be read is
        // requested again.
        if (!isMultipassError(error, "download-failed")) return this.#noteFound(undefined);
      }
      await this.#op.clock.sleep(READ_AGAIN_MS, signal);
    }
  }

  /** Resolves when the server comes back. If it never went away, only the daemon cannot reach it. */
  async #whenServerIsBack(signal: AbortSignal): Promise<void> {
    const index = (await this.servers()).indexFor(this.image);
    const { guard } = this.#op.multipass;
    if ((await guard.look([index], 0)).isReadable) return aborted(signal);
    return guard.whenReadable(index, signal);
  }
}

const DAEMON_IS_AWAY: readonly ErrorKind[] = ["daemon-unreachable", "daemon-initialising"];

/** Turns "does not exist" into "not listed yet", which is transient. */
function notListed(error: MultipassError): MultipassError {
  return new MultipassError(error.summary, {
    ...error,
    kind: "images-unreachable",
    transient: true,
    cause: error,
  });
}
