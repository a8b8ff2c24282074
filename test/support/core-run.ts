import { multipassOf } from "../../provider/core/multipass.ts";
import { Run } from "../../provider/core/run.ts";

/** A run of the core without a door. Nothing cancels it, and `said` collects its permanent messages. */
export function coreRun(said: string[] = []): Run {
  const say = (message: string) => void said.push(message);
  return new Run({
    log: () => ({ status: () => undefined, info: say, warn: say, delivered: () => Promise.resolve() }),
    signal: new AbortController().signal,
    hold: () => () => undefined,
    multipass: (multipassPath, host) => multipassOf(multipassPath, undefined, host),
  });
}
