import type { CommandContext } from "../cli/context.ts";
import { ClientExit } from "../cli/errors.ts";

/**
 * Runs a request under the client's `--timeout`. When it expires, the client exits with code 5, and the
 * daemon continues as it does when a client is killed.
 */
export async function withClientTimeout<T>(
  context: CommandContext,
  timeout: number | undefined,
  message: string,
  run: (gone: AbortSignal) => Promise<T>,
): Promise<T> {
  if (timeout === undefined) return run(context.io.gone);
  const expired = new AbortController();
  const request = run(AbortSignal.any([context.io.gone, expired.signal]));
  // Nobody is interested in the result once the client has exited.
  request.catch(() => undefined);
  return Promise.race([
    request,
    context.env.sleep(timeout).then(() => {
      if (!context.io.gone.aborted) expired.abort();
      throw new ClientExit(message, 5);
    }),
  ]);
}
