import type { Multipassd } from "../daemon/multipassd.ts";
import { durationMs } from "../duration.ts";
import type { WorldPaths } from "../paths.ts";
import { type Capabilities, capabilitiesOf } from "../version.ts";
import { ClientStore } from "./client-store.ts";
import { RpcError } from "./errors.ts";
import { toQtJson } from "./format.ts";
import { type ClientIo, Spinner } from "./io.ts";

/** Where a client runs, with or without a daemon to talk to. */
export interface ClientEnvironment {
  readonly version: string;
  readonly paths: WorldPaths;
  /** Simulated milliseconds since an arbitrary start. */
  now(): number;
  /** Sleeps for a number of simulated milliseconds. */
  sleep(milliseconds: number): Promise<void>;
  /** How long `wait-ready` waited before it found this daemon. */
  readonly waited?: number | undefined;
  /** Connects to the daemon; rejects with the RpcError that a client gets if it cannot. */
  connect(authenticating: boolean): Promise<Multipassd>;
  /** Only without a daemon: resolves to true once a daemon runs, so that `wait-ready` can continue there. */
  handOver?(): Promise<boolean>;
}

/** One running command. */
export class CommandContext {
  readonly io: ClientIo;
  readonly env: ClientEnvironment;
  readonly caps: Capabilities;
  readonly clientStore: ClientStore;
  /** The arguments after the command. */
  args: string[];
  #word = "";
  #spinner: Spinner | undefined;
  #daemon: Multipassd | undefined;
  /** Words already looked up in the fault plan: a command fails once, however many requests it makes. */
  readonly #asked = new Set<string>();

  constructor(io: ClientIo, env: ClientEnvironment) {
    this.io = io;
    this.env = env;
    this.caps = capabilitiesOf(env.version);
    this.clientStore = new ClientStore(env.paths, io.home);
    this.args = [];
  }

  /** The word before ` failed: `. */
  get word(): string {
    return this.#word;
  }

  set word(word: string) {
    this.#word = word;
    this.io.setWord(word);
  }

  /** Creates the spinner, which clears its line when the command ends, even if it never turned. */
  useSpinner(): Spinner {
    if (!this.#spinner) {
      const spinner = new Spinner(this.io);
      this.io.gone.addEventListener("abort", () => spinner.abandon());
      this.#spinner = spinner;
    }
    return this.#spinner;
  }

  get spinner(): Spinner {
    return this.useSpinner();
  }

  /** The daemon that answered last, if any did. */
  get reached(): Multipassd | undefined {
    return this.#daemon;
  }

  get hasSpinner(): boolean {
    return this.#spinner !== undefined;
  }

  /** Connects to the daemon, and applies the faults planned for this command. */
  async daemon(authenticating = false): Promise<Multipassd> {
    const daemon = await this.env.connect(authenticating);
    this.#daemon = daemon;
    const { stderrNoise } = daemon.faults.plan;
    if (stderrNoise) {
      const lines = stderrNoise === true ? ['Failed to get shared "write" lock'] : stderrNoise;
      for (const line of lines) daemon.log("daemon", line);
    }
    if (this.#asked.has(this.#word)) return daemon;
    this.#asked.add(this.#word);
    const fault = daemon.faults.commandFault(this.#word, this.io.argv.join(" "));
    if (fault) {
      const wait = () => daemon.clock.sleep(durationMs(fault.delay), daemon.ended);
      await (fault.blocking ? daemon.main.run(wait) : wait());
      if (fault.text !== undefined) throw new FaultExit(fault.text, fault.exitCode);
    }
    return daemon;
  }

  /** Runs one request on the daemon's only main thread. */
  async request<T>(run: (daemon: Multipassd) => Promise<T> | T): Promise<T> {
    const daemon = await this.daemon();
    return daemon.main.run(() => run(daemon));
  }

  /** Runs something while this client has a stream open to which the daemon logs its failed fetches. */
  async logged<T>(daemon: Multipassd, run: () => Promise<T>): Promise<T> {
    const close = daemon.failedFetches.openStream();
    this.io.gone.addEventListener("abort", close, { once: true });
    return run().finally(close);
  }

  out(text: string): void {
    this.io.out(text);
  }

  err(text: string): void {
    this.io.err(text);
  }

  printJson(value: unknown): void {
    const text = `${toQtJson(value)}\n`;
    const truncated = this.#daemon?.faults.plan.truncatedJson;
    const cut =
      truncated === true ||
      (typeof truncated === "number" && this.#daemon?.faults.take("truncatedJson", truncated));
    this.out(cut ? text.slice(0, Math.floor(text.length / 2)) : text);
  }
}

/** A failure from the fault plan, with its own exit code. */
export class FaultExit extends RpcError {
  readonly exitCode: number;

  constructor(text: string, exitCode: number) {
    super(text);
    this.exitCode = exitCode;
  }
}
