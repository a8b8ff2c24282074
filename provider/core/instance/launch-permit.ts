import { MultipassError } from "../../driver/errors.ts";
import type { Catalogue } from "../../images/catalogue.ts";
import { isOverdue, LOOK_MS, untilSafe, type View } from "../../images/fetch-guard.ts";
import { statusOf } from "../../images/http.ts";
import type { Image } from "../../images/image.ts";
import type { Operation } from "../operation/operation.ts";
import { listLength } from "./daemon-list.ts";

/** Milliseconds before the daemon is asked again for a list, if its fetches cannot be predicted. */
const ASK_AGAIN_MS = 60_000;

const SAY_AGAIN_MS = 60_000;

/** Whether a launch may be tried now, and if not, what is missing. */
type Verdict = { may: true } | { may: false; lacks: "network" | "safety"; waitMs: number; view: View };

interface Source {
  image: Image;
  servers(): Promise<Pick<Catalogue, "indexes" | "indexFor">>;
}

/**
 * Decides when a launch is tried. It has to be both worth a try and safe.
 *
 * | Is it worth a try? | |
 * |---|---|
 * | the image is a file | yes |
 * | this computer reads the image servers, or the server of an image by URL | yes |
 * | the daemon says that it has an image list | yes |
 * | none of these for five minutes | yes: the daemon may reach what this computer cannot |
 *
 * Is it safe? See the states in `fetch-safety.ts`.
 */
export class LaunchPermit {
  readonly #op: Operation;
  readonly #source: Source;
  #said: { what: string; at: number } | undefined;

  constructor(op: Operation, source: Source) {
    this.#op = op;
    this.#source = source;
  }

  async isGiven(): Promise<boolean> {
    return (await this.#verdict()).may;
  }

  /**
   * Waits until a launch may begin.
   *
   * @param onWait told before each pause that this computer lacks a network; returns whether to go on
   * @returns whether a launch may begin; false if `onWait` ended the wait
   * @throws MultipassError `deadline`, `cancelled`
   */
  async wait(onWait: (lacking: MultipassError) => boolean): Promise<boolean> {
    const op = this.#op;
    for (;;) {
      const verdict = await this.#verdict();
      if (verdict.may) return true;
      const { lacks, waitMs, view } = verdict;
      if (lacks === "network") {
        // The daemon needs the same servers, so it has no list either.
        if (view.error) op.multipass.listFailedAt = op.clock.now();
        if (!onWait(unreadable(view))) return false;
        this.#say("waiting for image servers");
      } else if (waitMs > LOOK_MS) {
        this.#say("waiting for the daemon to fetch its image list");
      }
      if (lacks === "network" || waitMs > LOOK_MS) op.timeline.enter("images");
      await op.clock.sleep(Math.min(op.deadline.remaining, waitMs, LOOK_MS), op.signal);
      op.check("image servers to become readable");
    }
  }

  /** Shows a new reason at once and an old one once a minute, because some displays keep every line. */
  #say(what: string): void {
    const now = this.#op.clock.now();
    if (this.#said?.what === what && now - this.#said.at < SAY_AGAIN_MS) return;
    this.#said = { what, at: now };
    this.#op.countdown(what);
  }

  async #verdict(): Promise<Verdict> {
    const { multipass, signal } = this.#op;
    const { imageListRetries: retries } = await multipass.capabilities({ signal });
    const servers = await this.#source.servers();
    const view = await multipass.guard.look(servers.indexes);
    if (!(await this.#isWorthATry(view, servers.indexFor(this.#source.image), retries)))
      return { may: false, lacks: "network", waitMs: LOOK_MS, view };
    // A file needs no server. Without the age of the daemon, its fetches say nothing about when to wait.
    const needsNoWait = this.#source.image.kind === "file" && view.moment.daemonAge === undefined;
    const waitMs = needsNoWait ? 0 : untilSafe("launch", view, retries);
    return waitMs === 0 ? { may: true } : { may: false, lacks: "safety", waitMs, view };
  }

  async #isWorthATry(view: View, index: string, retries: boolean): Promise<boolean> {
    const { image } = this.#source;
    if (image.kind === "file" || view.isReadable || isOverdue(view)) return true;
    const { guard } = this.#op.multipass;
    if ((await guard.look([index])).isReadable) return true;
    if (image.kind === "url" && (await statusOf(image.url, this.#op.signal)) !== undefined) return true;
    return untilSafe("question", view, retries) === 0 && this.#daemonHasList(retries);
  }

  /** Asks once for all creates between two fetches. */
  async #daemonHasList(retries: boolean): Promise<boolean> {
    const { multipass, clock } = this.#op;
    const fetches = multipass.guard.fetches(retries);
    const last = multipass.listAsked;
    const isOld = !last || last.fetches !== fetches || clock.now() - last.at > ASK_AGAIN_MS;
    if (isOld)
      multipass.listAsked = { at: clock.now(), fetches, hasList: listLength(this.#op).then(Boolean) };
    const answer = await (multipass.listAsked as NonNullable<typeof last>).hasList;
    if (answer) multipass.listFailedAt = undefined;
    return answer;
  }
}

/** Takes the place of the daemon's error, because the daemon is not asked. */
function unreadable({ error }: View): MultipassError {
  return new MultipassError("This computer cannot read the image servers", {
    kind: "images-unreachable",
    transient: true,
    details: `this computer cannot read the image servers (${(error as MultipassError | undefined)?.details ?? error?.message ?? "no answer yet"}), so the daemon has no image list either`,
    remedy: "Check this computer's network, name resolution and proxy settings.",
    cause: error,
  });
}
