import { execa } from "execa";
import type { InstanceInputs } from "../../provider/core/instance/model.ts";
import type { RemediesInput } from "../../provider/core/instance/waiting.ts";
import { newMultipass } from "../../provider/core/multipass.ts";
import type { Clock } from "../../provider/driver/clock.ts";
import { thisComputer } from "../../provider/host/computer.ts";
import { createInstance, surroundings } from "../../test/support/operations.ts";
import { instanceNamed } from "../instance.ts";
import type { Precision } from "./scenarios.ts";

/** A booting host, as a strategy sees it. */
export interface BootingHost {
  bin: string;
  /** Environment variables for the client. */
  env: Record<string, string>;
  /** URL of this host's image server. */
  imageServer: string;
  /** Throws like name resolution while this host's network is bad. Called before each request of ours. */
  resolve: () => void;
  /** Called when this host has read the image server. */
  noticed: () => void;
  clock: Clock;
  signal: AbortSignal;
}

export interface Strategy {
  id: string;
  title: string;
  precision: Precision;
  /** Resolves when it has launched or given up. */
  run: (host: BootingHost) => Promise<void>;
}

/** Milliseconds after which every strategy gives up: the default timeout of our create. */
export const PATIENCE_MS = 30 * 60_000;

async function multipass({ bin, signal }: BootingHost, ...args: string[]): Promise<boolean> {
  const { exitCode } = await execa(bin, args, { reject: false, cancelSignal: signal, stdin: "ignore" });
  return exitCode === 0;
}

const launch = (host: BootingHost) => multipass(host, "launch", "--name", "vm", "24.04");

/** Retries the launch, pausing for the given seconds between attempts. */
async function launchAfter(
  host: BootingHost,
  pause: (attempt: number) => number,
  before?: () => Promise<unknown>,
): Promise<void> {
  const start = host.clock.now();
  for (let attempt = 1; !host.signal.aborted && host.clock.now() - start < PATIENCE_MS; attempt++) {
    await before?.();
    if (await launch(host)) return;
    await host.clock.sleep(pause(attempt) * 1000, host.signal);
  }
}

/** Runs the lifecycle as the plugin process does, on a clock as fast as the simulated host. */
async function ours(host: BootingHost, remedies: RemediesInput): Promise<void> {
  const ctx = surroundings(
    newMultipass(host.bin, host.clock, {
      ...thisComputer,
      env: { ...process.env, ...host.env },
      readIndex: async (url, signal) => {
        host.resolve();
        await thisComputer.readIndex(url, signal);
        host.noticed();
      },
    }),
    host.clock,
    { signal: host.signal },
  );
  const inputs: InstanceInputs = {
    ...instanceNamed("vm"),
    image: "24.04",
    remedies: {
      imageServers: { release: `${host.imageServer}/releases/`, daily: `${host.imageServer}/daily/` },
      ...remedies,
    },
  };
  await createInstance(ctx, inputs);
}

export const STRATEGIES: readonly Strategy[] = [
  { id: "ours", title: "ours", precision: "tenth", run: (host) => ours(host, {}) },
  {
    id: "ours-list",
    title: "(e) ours without the direct image",
    precision: "second",
    run: (host) => ours(host, { directImage: false }),
  },
  {
    id: "once",
    title: "(a) no retry",
    precision: "minute",
    run: (host) => launch(host).then(() => undefined),
  },
  {
    id: "sleep-20",
    title: "(b) `sleep 20` between tries",
    precision: "minute",
    run: (host) => launchAfter(host, () => 20),
  },
  {
    id: "schedule",
    title: "(c) 5 s, 15 s, … 15 min",
    precision: "minute",
    run: (host) => launchAfter(host, (attempt) => Math.min(5 * 3 ** (attempt - 1), 900)),
  },
  {
    id: "force-update",
    title: "(d) `find --force-update` every 5 s",
    precision: "minute",
    run: (host) =>
      launchAfter(
        host,
        () => 5,
        () => multipass(host, "find", "--force-update"),
      ),
  },
];
