import { type FSWatcher, watch } from "node:fs";
import { rm } from "node:fs/promises";
import { cancelled, isMultipassError, type MultipassError } from "./errors.ts";
import { type DispatchedLaunch, dispatchLaunch, endLaunch, type LaunchView, viewOf } from "./launch-job.ts";
import { type LaunchProgress, launchProgress } from "./output.ts";
import { type CallResult, type Client, noteChange } from "./run.ts";
import { dispatchOnHost, endOnHost, forgetOnHost, lookOnHost } from "./transport/remote-launch.ts";

/**
 * Milliseconds between two looks at a launch: a look at another host costs a session. On this computer the
 * files of a launch tell at once when they change; a look also finds one that was killed.
 */
const POLL_MS = 200;
const REMOTE_POLL_MS = 1_000;

/** The launches on the host of this client, which outlive this process. */
export function launchesOf(client: Client) {
  const { host } = client;
  return {
    /**
     * Starts `multipass launch`.
     *
     * @param folder used by this launch only, since its files are read as this launch's result
     * @throws MultipassError if it could not be started, or was cancelled before; then nothing was created
     */
    dispatch: (args: string[], input: string | undefined, folder: string, signal?: AbortSignal) =>
      host
        ? dispatchOnHost(host, client, args, input, signal)
        : dispatchLaunch(client, args, input, folder, signal),
    /** @param isFirst whether all of its output is read, and not only the end */
    look: async (launch: DispatchedLaunch, signal?: AbortSignal, isFirst?: boolean): Promise<LaunchView> =>
      host ? lookOnHost(host, launch, signal, isFirst) : viewOf(launch, isFirst),
    /** Kills a launch's client. The daemon continues with an instance that it has started. */
    end: async (launch: DispatchedLaunch): Promise<void> =>
      host ? endOnHost(host, launch) : endLaunch(launch),
    /** Removes a launch's output, once nobody needs it. */
    forget: async (launch: DispatchedLaunch): Promise<void> =>
      host ? forgetOnHost(host, launch) : rm(launch.folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/**
 * How a launch ended. Without a result, a process or the whole host died, and only the list of instances can
 * show what the launch did. `over`: nobody needs the result any more.
 */
export type LaunchEnd = CallResult | Exclude<LaunchView["state"], "running" | "ended"> | "over";

/** Waits until the launch ends. A host that is away is waited for, since the launch goes on there. */
export async function awaitLaunch(
  launch: DispatchedLaunch,
  options: {
    signal?: AbortSignal | undefined;
    onProgress?: (progress: LaunchProgress) => void;
    /** Called with the reason while the host does not answer. */
    onAway?: (error: MultipassError) => void;
    /** Whether nobody needs the result any more. */
    isOver?: () => boolean;
    sleep: (ms: number) => Promise<void>;
    /** The client whose launch it is. Default: this computer's. */
    client?: Client;
  },
): Promise<LaunchEnd> {
  const { client = { client: "multipass" } } = options;
  const news = client.host ? undefined : new FolderNews(launch.folder);
  try {
    return await followed(launch, { ...options, client }, news);
  } finally {
    news?.close();
  }
}

async function followed(
  launch: DispatchedLaunch,
  options: Parameters<typeof awaitLaunch>[1] & { client: Client },
  news: FolderNews | undefined,
): Promise<LaunchEnd> {
  const { client, signal } = options;
  const launches = launchesOf(client);
  let shown = "";
  // A launch of an earlier process may have printed its phase long ago.
  let isFirst = true;
  for (;;) {
    // Begins before the look, so that no change in between is missed.
    const change = news?.next();
    const view = await launches.look(launch, signal, isFirst).catch((error) => {
      if (!isMultipassError(error, "host-unreachable", "call-timeout")) throw error;
      options.onAway?.(error);
    });
    if (view) isFirst = false;
    if (view?.state === "ended") {
      noteChange("launch", client.host);
      const { exitCode, stdout, stderr } = view;
      // The client was killed, so the outcome is unknown, as if the runner had been killed.
      return exitCode === null ? "lost" : { exitCode, stdout, stderr };
    }
    if (view && view.state !== "running") return view.state;
    if (options.isOver?.()) return "over";
    if (signal?.aborted) throw cancelled("The launch continues by itself");
    const progress = launchProgress(view?.stdout ?? "");
    if (progress && JSON.stringify(progress) !== shown) {
      shown = JSON.stringify(progress);
      options.onProgress?.(progress);
    }
    const pause = options.sleep(client.host ? REMOTE_POLL_MS : POLL_MS);
    await (change ? Promise.race([change, pause]) : pause);
  }
}

/** Tells when a file in a folder changes. Where the system cannot tell, nothing is ever told. */
class FolderNews {
  readonly #watcher: FSWatcher | undefined;
  #told = Promise.withResolvers<void>();

  constructor(folder: string) {
    try {
      this.#watcher = watch(folder, { persistent: false }, () => {
        this.#told.resolve();
        this.#told = Promise.withResolvers();
      });
      this.#watcher.on("error", () => this.close());
    } catch {
      // The folder is gone, or there are too many watches.
    }
  }

  next(): Promise<void> {
    return this.#told.promise;
  }

  close(): void {
    this.#watcher?.close();
  }
}
