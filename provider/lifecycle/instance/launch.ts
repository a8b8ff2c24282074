import { isMultipassError, MultipassError } from "../../multipass/errors.ts";
import { launchIsUnderWay } from "../../multipass/launch-job.ts";
import { type Deadline, formatSeconds } from "../../readiness/clock.ts";
import { retry } from "../../readiness/retry.ts";
import type { Context } from "../context.ts";
import { diagnosed } from "./diagnosis.ts";
import { followLaunch, launchOnce, leavesMachine } from "./dispatch.ts";
import { ImageSource } from "./image-source.ts";
import { HOST_ERRORS, type InstanceInputs, type Launched } from "./model.ts";
import { claim } from "./ownership.ts";
import { refuseWhatThisVersionCannot } from "./preflight.ts";
import { backoffOf } from "./timing.ts";

/**
 * Brings the machine into existence, exactly once, whatever has been tried before.
 *
 * Dispatch, record, wait: the journal names the owner before the first launch; a launch that was dispatched is never dispatched
 * again while it may still succeed; and after every failure the daemon's own list decides whether the machine exists.
 *
 * @throws MultipassError; `cancelled` and `deadline` leave the journal in place, so that a later call resumes
 */
export async function ensureLaunched(
  ctx: Context,
  inputs: InstanceInputs,
  deadline: Deadline,
): Promise<Launched> {
  const { host } = ctx;
  const me = {};
  const source = new ImageSource(ctx, inputs);
  const interrupted = await resumeInterrupted(ctx, inputs);
  if (interrupted?.confirmed) return interrupted;

  const attempt = async (number: number): Promise<Launched> => {
    await host.gate.turn(me, ctx.signal);
    if (ctx.signal.aborted) throw new MultipassError("Cancelled", { kind: "cancelled" });
    const options = { timeoutMs: deadline.remaining, signal: ctx.signal };
    const existing = await host.world.find(inputs.name, options);
    if (existing) return claim(ctx, inputs, existing, await host.journal.read(inputs.name));
    await refuseForeignLaunch(ctx, inputs);
    await refuseWhatThisVersionCannot(ctx, inputs);
    const substitute = await source.next();
    await host.launches(() => launchOnce(ctx, inputs, deadline, number, substitute));
    return { how: interrupted?.how ?? "launched", confirmed: true, direct: substitute?.image };
  };

  try {
    return await retry(
      async (number) => {
        try {
          const launched = await attempt(number);
          host.gate.open();
          return launched;
        } catch (error) {
          source.failed(error);
          if (isMultipassError(error, ...HOST_ERRORS)) host.gate.close(me);
          else host.gate.open();
          throw error;
        }
      },
      {
        clock: ctx.clock,
        random: ctx.random,
        deadline,
        backoff: backoffOf(inputs),
        signal: ctx.signal,
        // The machine exists: what is left is to wait for it, not to launch it.
        retryable: (error) => error.transient && !leavesMachine(error),
        wake: (wait, signal) => source.whenWorthAnotherTry(wait, signal),
        onWait({ attempt: tried, delay, error, remaining }) {
          ctx.timeline.enter(error.kind.startsWith("daemon") ? "daemon" : "images", true);
          ctx.log.status(
            `waiting for ${awaited(error)} · try ${tried} failed · next in ${formatSeconds(delay)} · ${formatSeconds(remaining)} left`,
          );
        },
      },
    );
  } catch (error) {
    if (isMultipassError(error) && leavesMachine(error)) {
      return { how: "launched", confirmed: false, direct: source.substitute?.image };
    }
    await forgetUnlessPending(ctx, inputs, error);
    if (!isMultipassError(error)) throw error;
    const explained = error.kind === "deadline" ? await diagnosed(ctx, inputs, error, source.done) : error;
    throw explained.under(`Unable to launch instance "${inputs.name}"`);
  } finally {
    host.gate.resign(me);
  }
}

/** Follows a launch that an earlier process has dispatched and not seen the end of. */
async function resumeInterrupted(ctx: Context, inputs: InstanceInputs): Promise<Launched | undefined> {
  const entry = await ctx.host.journal.read(inputs.name);
  if (entry?.owner !== inputs.owner || entry.phase !== "launching" || !entry.launch) return undefined;
  ctx.log.info(`resuming the launch of "${inputs.name}", which was interrupted`);
  const result = await followLaunch(ctx, entry.launch);
  return { how: "resumed", confirmed: result?.exitCode === 0, direct: entry.direct };
}

/** Two stacks that want one name: the later one is told, before the daemon's "is being prepared" makes it wait for nothing. */
async function refuseForeignLaunch(ctx: Context, inputs: InstanceInputs): Promise<void> {
  const entry = await ctx.host.journal.read(inputs.name);
  if (!entry || entry.owner === inputs.owner || !entry.launch || !launchIsUnderWay(entry.launch)) return;
  throw new MultipassError(`Unable to launch instance "${inputs.name}"`, {
    kind: "not-owned",
    details: `${entry.owner} is launching an instance of that name`,
    remedy: "Choose another name, or wait for the other one and destroy it first.",
  });
}

/** The journal's entry stands as long as the launch may still succeed without us; else the name is free again. */
async function forgetUnlessPending(ctx: Context, inputs: InstanceInputs, error: unknown): Promise<void> {
  if (isMultipassError(error, "cancelled", "deadline", "client-timeout", "call-timeout")) return;
  const entry = await ctx.host.journal.read(inputs.name);
  if (entry?.owner === inputs.owner && entry.phase === "launching")
    await ctx.host.journal.remove(inputs.name);
}

/** What a transient error makes one wait for, in words for the status line. */
function awaited(error: MultipassError): string {
  switch (error.kind) {
    case "daemon-unreachable":
    case "daemon-initialising":
      return "the Multipass daemon";
    case "images-unreachable":
      return "image servers";
    case "download-failed":
    case "download-cancelled":
      return "the image download";
    case "instance-preparing":
      return "another launch of this name";
    default:
      return error.kind.replaceAll("-", " ");
  }
}
