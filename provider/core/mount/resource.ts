import { isDeepStrictEqual } from "node:util";
import { ignoring, isMultipassError, MultipassError, OUTCOME_UNKNOWN } from "../../driver/errors.ts";
import { type CheckResult, validate } from "../check.ts";
import { InitializationError } from "../context.ts";
import { difference, needsUpdate, type Properties } from "../description.ts";
import { partsOf } from "../import.ts";
import { unmount } from "../instance/modify.ts";
import { type MountInput, missingSource, normalised } from "../instance/mounts.ts";
import { mountsOf } from "../instance/outputs.ts";
import { findInstance, requireInstance, undoIn } from "../instances.ts";
import type { Operation } from "../operation/operation.ts";
import { DescribedResource } from "../resource.ts";
import { notPutBack, type Owing, putBackIfLeft, sayOwed, settleOwed, whileStopped } from "../stopped.ts";
import { MOUNT, type MountInputs, type MountState } from "./model.ts";

export const mount = new DescribedResource<MountInputs, MountState>({
  id: ({ instance, target }) => `${instance}:${target}`,
  manages: ({ instance, target }) => ({ property: "target", of: ["mount", instance, target] }),
  check(olds, news, run) {
    const { instance, instanceDeclaresMounts } = news;
    const declares = instanceDeclaresMounts === true || run.declaringMounts.has(String(instance));
    return checkMount(olds, { ...news, ...(declares && { instanceDeclaresMounts: true }) });
  },
  diff: (olds, news) => difference(olds, news, MOUNT),
  create: createMount,
  read: readMount,
  update: updateMount,
  delete: deleteMount,
  import: {
    form: "INSTANCE:TARGET, such as web:/srv/www",
    known: (id) => partsOf(id, "instance", ":", "target"),
    found: (_op, outs) => ({ inputs: outs, outs }),
    async list({ roster }, options) {
      const instances = (await roster.list(options)).filter(({ state }) => state !== "Deleted");
      const infos = await Promise.all(instances.map(({ name }) => roster.info(name, options)));
      return instances.flatMap(({ name }, index) =>
        Object.keys(infos[index]?.mounts ?? {}).map((target) => `${name}:${target}`),
      );
    },
  },
  outcome: ({ target }) => `mounted at ${target}`,
  deletion: () => "unmounted",
  restorable: {
    in: ({ instance }) => instance,
    // Forces a new mount: the daemon may list one that it no longer makes.
    withoutUndone: (olds) => ({ ...olds, source: "" }),
    putBack: {
      while: "stopped",
      async run(op, inputs) {
        await remove(op, inputs);
        await add(op, inputs);
      },
    },
  },
});

export function checkMount(olds: Partial<MountInputs>, args: Properties): CheckResult<MountInputs> {
  const { inputs: given, failures } = validate(MOUNT, args);
  const { instanceDeclaresMounts, ...inputs } = given;
  if (instanceDeclaresMounts === true) {
    failures.push({
      property: "instance",
      reason:
        "has the argument `mounts`, which lists all of its mounts, so it would remove this one again: use either `mounts` or `Mount` resources",
    });
  }
  if (failures.some(({ property }) => property === "source" || property === "target"))
    return { inputs, failures };
  const { source, target } = olds;
  const before = source === undefined || target === undefined ? [] : [{ source, target }];
  const absolute = normalised(inputs, inputs.host);
  return {
    inputs: absolute,
    failures: [...failures, ...missingSource(absolute, before, "source", inputs.host)],
  };
}

async function createMount(op: Operation, inputs: MountInputs): Promise<MountState> {
  const done = await op
    .under(headline("mount", inputs), () => mountThere(op, inputs))
    .catch(async (error: Error) => {
      throw (await isLeft(op, inputs, error)) ? unfinished(inputs, error) : error;
    });
  return stateAfter(inputs, done);
}

/** Whether a create whose end nobody heard has made the mount. Outside the state, nobody would remove it. */
async function isLeft(op: Operation, inputs: MountInputs, error: Error): Promise<boolean> {
  if (!isMultipassError(error, ...OUTCOME_UNKNOWN)) return false;
  const there = await mountAt(op.lastLook(), inputs).catch(() => undefined);
  return there !== undefined && isSame(there, inputs);
}

const unfinished = (inputs: MountInputs, error: Error) =>
  new InitializationError({ ...inputs, ready: false }, error);

/** @throws InitializationError if the instance is not back in its power state; the next run puts it back */
function stateAfter(inputs: MountInputs, { owed }: Owing): MountState {
  if (!owed) return inputs;
  const { instance, target } = inputs;
  throw notPutBack(inputs, owed, `${target} is mounted, but instance "${instance}"`);
}

async function mountThere(op: Operation, inputs: MountInputs): Promise<Owing> {
  const { instance, target } = inputs;
  await requireInstance(op, instance);
  const there = await mountAt(op, inputs);
  // The same mount exists: an earlier create was interrupted, or somebody made it by hand.
  if (there && isSame(there, inputs)) return putBackIfLeft(op, instance);
  if (there) {
    throw new MultipassError(`${target} is already in use`, {
      kind: "already-mounted",
      details: `${there.source} is already mounted there`,
      remedy: `Unmount it with \`multipass umount ${instance}:${target}\`, or choose another target. If the instance's own argument \`mounts\` lists it, remove it from one of the two.`,
    });
  }
  return whereAllowed(op, inputs, `mount ${inputs.source}`, () => add(op, inputs));
}

async function updateMount(op: Operation, olds: MountState, news: MountInputs): Promise<MountState> {
  const title = headline("change the mount of", news);
  const { owed } = olds;
  if (owed) await op.under(title, () => settleOwed(op, news.instance, owed));
  if (!needsUpdate(difference(olds, news, MOUNT))) {
    const isUnfinished = olds.ready === false && !owed;
    return isUnfinished ? stateAfter(news, await op.under(title, () => mountThere(op, news))) : news;
  }
  // If either mount is native, the instance is stopped, and only once.
  const type = [olds, news].some((one) => one.type === "native") ? "native" : "classic";
  const done = await op.under(title, () =>
    whereAllowed(op, { ...news, type }, `mount ${news.source}`, async () => {
      await remove(op, olds);
      await add(op, news);
    }),
  );
  return stateAfter(news, done);
}

/** @returns undefined if it is gone: Multipass itself drops a mount that fails when the instance starts */
async function readMount(op: Operation, state: MountState): Promise<MountState | undefined> {
  return op.under(headline("look at the mount of", state), async () => {
    if (!(await findInstance(op, state.instance))) return undefined;
    const there = await mountAt(op, state);
    return there && { ...state, ...there };
  });
}

async function deleteMount(op: Operation, state: MountState): Promise<void> {
  await op.under(headline("unmount", state), () =>
    undoIn(op, state.instance, async () => {
      const work = () => remove(op, state);
      // The mount is gone, and a failed delete would only keep the instance from being deleted.
      sayOwed(op, state.instance, await whereAllowed(op, state, `unmount ${state.target}`, work));
    }),
  );
}

function add(op: Operation, inputs: MountInputs): Promise<void> {
  const { instance, source, target, type, uidMappings, gidMappings } = inputs;
  const mount = { source, target, type, uidMappings, gidMappings };
  return op.patiently(async (options) => {
    op.log.status(`mounting ${source} at ${target}`);
    // If it exists already, a try whose answer was lost has made it.
    await op.multipass.driver.mount(instance, mount, options).catch(ignoring("already-mounted"));
  });
}

function remove(op: Operation, { instance, ...mount }: MountInputs): Promise<void> {
  return op.patiently(async (options) => {
    op.log.status(`unmounting ${mount.target}`);
    await unmount(op, instance, mount, options).catch(ignoring("instance-missing"));
  });
}

/** Native mounts can be added and removed only while the instance is stopped. */
async function whereAllowed(
  op: Operation,
  { instance, type, allowRestart }: MountInputs,
  purpose: string,
  work: () => Promise<void>,
): Promise<Owing> {
  if (type === "native") return whileStopped(op, instance, { allowRestart, purpose }, work);
  await op.workIn(instance, work);
  return {};
}

async function mountAt(op: Operation, inputs: MountInputs): Promise<MountInput | undefined> {
  const info = await op.patiently((options) => op.multipass.roster.info(inputs.instance, options));
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
