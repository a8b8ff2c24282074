import { systemClock } from "../readiness/clock.ts";
import { Timeline } from "../readiness/timeline.ts";
import type { Context } from "./context.ts";
import { type Outcome, withOutcome } from "./outcome.ts";
import { redactedError, redactedLog, redaction } from "./redact.ts";
import type { Run } from "./run.ts";

/** Properties that every resource of this package has. */
export interface CommonProperties {
  /** The `multipass` client; looked up when left out. */
  multipassPath?: string;
  /** The resource's URN. */
  owner: string;
}

/**
 * Runs an operation with everything it needs. Neither its log nor its errors show a secret of the properties.
 *
 * @param olds what the properties were before, where they change
 * @param outcome what the resource's row says in the end
 */
export async function perform<P extends CommonProperties, R>(
  run: Run,
  properties: P,
  work: (ctx: Context, properties: P) => Promise<R>,
  { olds = {}, outcome = () => "done" }: { olds?: object; outcome?: Outcome<R> } = {},
): Promise<R> {
  const hide = redaction(properties, olds);
  const release = run.door.hold();
  const said = run.door.log(properties.owner);
  const log = withOutcome(redactedLog(said, hide));
  const begun = systemClock.now();
  try {
    const ctx: Context = {
      host: run.host(properties),
      clock: systemClock,
      random: Math.random,
      signal: run.door.signal,
      log,
      timeline: new Timeline(systemClock),
    };
    const result = await work(ctx, properties);
    log.outcome(outcome(result, systemClock.now() - begun));
    return result;
  } catch (error) {
    throw redactedError(error, hide);
  } finally {
    await said.delivered();
    release();
  }
}
