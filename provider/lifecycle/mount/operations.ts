import { isDeepStrictEqual } from "node:util";
import { isMultipassError, MultipassError } from "../../multipass/errors.ts";
import { Deadline } from "../../readiness/clock.ts";
import { type Context, InitializationError } from "../context.ts";
import { type DiffResult, difference, diffResult } from "../difference.ts";
import type { MountInput } from "../instance/model.ts";
import { unmount } from "../instance/modify.ts";
import { mountsOf } from "../instance/outputs.ts";
import { workIn } from "../lock.ts";
import { findMachine, requireMachine, under, undoIn } from "../machine.ts";
import { patiently } from "../patience.ts";
import { type Owing, putBackIfLeft, sayOwed, settleOwed, whileStopped } from "../stopped.ts";
import { timeoutOf } from "../timing.ts";
import { MOUNT_COSTS, type MountInputs, type MountState } from "./model.ts";

export async function createMount(
  ctx: Context,
  inputs: MountInputs,
): Promise<{ id: string; outs: MountState }> {
  const deadline = new Deadline(ctx.clock, timeoutOf("create", inputs));
  const done = await under(headline("mount", inputs), mountThere(ctx, inputs, deadline));
  return { id: idOf(inputs), outs: stateAfter(inputs, done) };
}

const idOf = ({ instance, target }: MountInputs) => `${instance}:${target}`;

/** @throws InitializationError where the machine is not what it was before: the mount is made, and the next run has that left to do */
function stateAfter(inputs: MountInputs, { owed }: Owing): MountState {
  if (!owed) return inputs;
  const { powerState, error } = owed;
  throw new InitializationError(
    idOf(inputs),
    { ...inputs, ready: false, owed: powerState },
    new MultipassError(
      `${inputs.target} is mounted, but instance "${inputs.instance}" is not ${powerState} again`,
      {
        kind: "guest-start-timeout",
        details: error.message,
        remedy: "The next `pulumi up` tries it again.",
      },
    ),
  );
}

async function mountThere(ctx: Context, inputs: MountInputs, deadline: Deadline): Promise<Owing> {
  const { instance, target } = inputs;
  await requireMachine(ctx, instance, deadline);
  const there = await mountAt(ctx, inputs, deadline);
  // The same one is there already: an earlier create was interrupted, or somebody has done what is asked for.
  if (there && isSame(there, inputs)) return putBackIfLeft(ctx, instance, deadline);
  if (there) {
    throw new MultipassError(`${target} is taken`, {
      kind: "already-mounted",
      details: `${there.source} is mounted there already`,
      remedy: `Unmount it with \`multipass umount ${instance}:${target}\`, or choose another target. If the instance's own argument \`mounts\` names it, name it in one place only.`,
    });
  }
  return whereAllowed(ctx, inputs, `mount ${inputs.source}`, deadline, () => add(ctx, inputs, deadline));
}

export function diffMount(olds: MountState, news: MountInputs): DiffResult {
  const found = difference(withType(olds), withType(news), MOUNT_COSTS);
  if (olds.ready === false) found.updates.push("ready");
  return diffResult(found, true);
}

function withType<T extends MountInputs>(inputs: T): T {
  return { ...inputs, type: inputs.type ?? "classic" };
}

export async function updateMount(
  ctx: Context,
  olds: MountState,
  news: MountInputs,
): Promise<{ outs: MountState }> {
  const deadline = new Deadline(ctx.clock, timeoutOf("update", news));
  const title = headline("change the mount of", news);
  if (olds.owed) await under(title, settleOwed(ctx, news.instance, olds.owed, deadline));
  if (difference(withType(olds), withType(news), MOUNT_COSTS).updates.length === 0) return { outs: news };
  // Whichever of the two is native: the machine is stopped once.
  const type = [olds, news].some((one) => one.type === "native") ? "native" : "classic";
  const done = await under(
    title,
    whereAllowed(ctx, { ...news, type }, `mount ${news.source}`, deadline, async () => {
      await remove(ctx, olds, deadline);
      await add(ctx, news, deadline);
    }),
  );
  return { outs: stateAfter(news, done) };
}

/** @returns undefined where it is gone: Multipass itself drops a mount for good that it cannot make when the machine starts */
export async function readMount(ctx: Context, state: MountState): Promise<MountState | undefined> {
  const deadline = new Deadline(ctx.clock, timeoutOf("read", state));
  return under(
    headline("look at the mount of", state),
    (async () => {
      if (!(await findMachine(ctx, state.instance, deadline))) return undefined;
      const there = await mountAt(ctx, state, deadline);
      return there && { ...state, ...there };
    })(),
  );
}

export async function deleteMount(ctx: Context, state: MountState): Promise<void> {
  const deadline = new Deadline(ctx.clock, timeoutOf("delete", state));
  await under(
    headline("unmount", state),
    undoIn(ctx, state.instance, deadline, async () => {
      const work = () => remove(ctx, state, deadline);
      // It is gone, whatever becomes of the machine: a delete that fails now would keep the machine from being deleted, too.
      sayOwed(ctx, state.instance, await whereAllowed(ctx, state, `unmount ${state.target}`, deadline, work));
    }),
  );
}

function add(ctx: Context, inputs: MountInputs, deadline: Deadline): Promise<void> {
  const { instance, source, target, type, uidMappings, gidMappings } = inputs;
  const mount = { source, target, type, uidMappings, gidMappings };
  return patiently(ctx, deadline, async (options) => {
    ctx.log.status(`mounting ${source} at ${target}`);
    await ctx.host.driver.mount(instance, mount, options).catch((error) => {
      // By a try whose answer was lost.
      if (!isMultipassError(error, "already-mounted")) throw error;
    });
  });
}

function remove(ctx: Context, { instance, ...mount }: MountInputs, deadline: Deadline): Promise<void> {
  return patiently(ctx, deadline, async (options) => {
    ctx.log.status(`unmounting ${mount.target}`);
    await unmount(ctx, instance, mount, options).catch((error) => {
      if (!isMultipassError(error, "instance-missing")) throw error;
    });
  });
}

/** Makes a mount anew in a stopped instance that was restored: the daemon may list it and not make it. */
export async function putBackMount(ctx: Context, inputs: MountInputs): Promise<void> {
  const deadline = new Deadline(ctx.clock, timeoutOf("update", inputs));
  await remove(ctx, inputs, deadline);
  await add(ctx, inputs, deadline);
}

/** Native mounts are made and removed only while the machine is stopped. */
async function whereAllowed(
  ctx: Context,
  { instance, type, allowRestart }: MountInputs,
  purpose: string,
  deadline: Deadline,
  work: () => Promise<void>,
): Promise<Owing> {
  if (type === "native") return whileStopped(ctx, instance, { allowRestart, purpose }, deadline, work);
  await workIn(ctx, instance, deadline, work);
  return {};
}

/** What is mounted at the target, with the details that were asked for. */
async function mountAt(
  ctx: Context,
  inputs: MountInputs,
  deadline: Deadline,
): Promise<MountInput | undefined> {
  const info = await patiently(ctx, deadline, (options) => ctx.host.world.info(inputs.instance, options));
  return info && mountsOf(info, [inputs]).find(({ target }) => target === inputs.target);
}

function isSame(there: MountInput, asked: MountInputs): boolean {
  return (["source", "uidMappings", "gidMappings"] as const).every((property) =>
    isDeepStrictEqual(there[property], asked[property]),
  );
}

function headline(deed: string, { instance, target }: MountInputs): string {
  return `Unable to ${deed} ${target} in instance "${instance}"`;
}
