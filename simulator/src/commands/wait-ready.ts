import { timeoutOf } from "../cli/args.ts";
import type { CommandContext } from "../cli/context.ts";
import { ClientExit, RpcError } from "../cli/errors.ts";
import type { Multipassd } from "../daemon/multipassd.ts";
import { type Command, timeoutOption } from "./command.ts";

const POLL_INTERVAL_MS = 500;

const expired = () => new ClientExit("Timed out waiting for the Multipass daemon to be ready.", 5);

/** Asks once. Rejects with the daemon's error, or when the time is up first. */
async function ask(context: CommandContext, left: number): Promise<void> {
  const question = async () => {
    const daemon = await context.daemon();
    const last = await context.logged(daemon, () => daemon.main.run(() => daemon.imageList.lastResult()));
    if (last !== undefined) throw new RpcError("cannot connect to the image servers", "image servers");
  };
  const asked = question();
  if (!Number.isFinite(left)) return asked;
  // Ignores the promise that loses the race.
  asked.catch(() => undefined);
  const over = context.env.sleep(left).then(() => {
    throw expired();
  });
  over.catch(() => undefined);
  return Promise.race([asked, over]);
}

const isRetried = (error: unknown) =>
  error instanceof RpcError && (error.kind === "unreachable" || error.kind === "image servers");

/**
 * Pauses between two questions. No request is in flight meanwhile, so the daemon's log records go elsewhere.
 */
async function pause(context: CommandContext, daemon: Multipassd | undefined, left: number): Promise<void> {
  daemon?.clients.delete(context.io);
  await context.env.sleep(Math.min(POLL_INTERVAL_MS, left));
  daemon?.clients.add(context.io);
}

/** A loop in the client: it asks again while the daemon is absent or the image servers are unreachable. */
export const waitReady: Command = {
  options: () => [timeoutOption],
  since: ({ waitReady: known }) => known,
  async run(context, args) {
    if (args.positional.length > 0) throw new ClientExit("This command takes no arguments");
    const { env, io } = context;
    const deadline = env.now() - (env.waited ?? 0) + (timeoutOf(args) ?? Number.POSITIVE_INFINITY);
    if (env.waited === undefined || env.handOver)
      context.spinner.start("Waiting for the Multipass daemon to be ready");
    while (!io.gone.aborted) {
      const left = deadline - env.now();
      if (left <= 0) throw expired();
      try {
        await ask(context, left);
        return 0;
      } catch (error) {
        if (!isRetried(error)) throw error;
      }
      await pause(context, context.reached, Math.max(0, deadline - env.now()));
      if (await env.handOver?.()) return 0;
    }
    return 0;
  },
};
