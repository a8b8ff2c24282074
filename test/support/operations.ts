import { alias } from "../../provider/core/alias/resource.ts";
import { clone } from "../../provider/core/clone/resource.ts";
import { command } from "../../provider/core/command/resource.ts";
import type { CommonProperties, TimeoutsInput } from "../../provider/core/common.ts";
import type { Multipass } from "../../provider/core/context.ts";
import { file } from "../../provider/core/file/resource.ts";
import { bringUp } from "../../provider/core/instance/create.ts";
import { deleteInstance as removeInstance } from "../../provider/core/instance/delete.ts";
import type { InstanceInputs, InstanceState } from "../../provider/core/instance/model.ts";
import { inputsOf, readInstance as lookAtInstance } from "../../provider/core/instance/read.ts";
import { instance } from "../../provider/core/instance/resource.ts";
import { mount } from "../../provider/core/mount/resource.ts";
import { Deadline } from "../../provider/core/operation/deadline.ts";
import { Operation, type Surroundings } from "../../provider/core/operation/operation.ts";
import { timeoutOf } from "../../provider/core/operation/timing.ts";
import { DescribedResource, identified } from "../../provider/core/resource.ts";
import { restore } from "../../provider/core/restore/resource.ts";
import type { SettingState } from "../../provider/core/setting/model.ts";
import { setting } from "../../provider/core/setting/resource.ts";
import { snapshot } from "../../provider/core/snapshot/resource.ts";
import type { Clock } from "../../provider/driver/clock.ts";

/** Surroundings for a test's operation: its messages are discarded, and nothing ends it. */
export function surroundings(
  multipass: Multipass,
  clock: Clock,
  changes: Partial<Surroundings> = {},
): Surroundings {
  const quiet = () => undefined;
  return {
    multipass,
    clock,
    random: Math.random,
    signal: new AbortController().signal,
    log: { status: quiet, info: quiet, warn: quiet },
    ...changes,
  };
}

/** An operation with a time limit in milliseconds. */
export function operationFor(ms: number, surroundings: Surroundings): Operation {
  return new Operation(surroundings, new Deadline(surroundings.clock, ms));
}

/** Begins an operation as a door does. The time limit comes from the properties in its last argument. */
function begun<A extends unknown[], R>(
  kind: keyof TimeoutsInput,
  run: (op: Operation, ...args: A) => R,
): (surroundings: Surroundings, ...args: A) => R {
  return (surroundings, ...args) => {
    const properties = args.at(-1) as { timeouts?: TimeoutsInput };
    return run(operationFor(timeoutOf(kind, properties), surroundings), ...args);
  };
}

/** The operations of a resource, and its diff by the state alone. */
function of<I extends CommonProperties, S extends CommonProperties>(resource: DescribedResource<I, S>) {
  const { own } = resource;
  const change = (op: Operation, id: string, olds: S, news: I) =>
    identified(own.update(op, olds, news, id), () => id);
  return {
    diff: (olds: S, news: I) => resource.compare(olds, news),
    create: begun("create", (op, inputs: I) => resource.make(op, inputs)),
    read: begun("read", async (op, state: S) => own.read?.(op, state, own.id(state))),
    update: begun("update", (op, olds: S, news: I) => change(op, own.id(olds), olds, news)),
    updateOf: begun("update", change),
    updateThen: begun("update", (op, olds: S, news: I, id: string) => change(op, id, olds, news)),
    delete: begun("delete", async (op, state: S) => own.delete?.(op, state, own.id(state))),
  };
}

export const { diff: diffAlias, create: createAlias, update: updateAlias, delete: deleteAlias } = of(alias);

export const {
  diff: diffClone,
  create: createClone,
  read: readClone,
  update: updateClone,
  delete: deleteClone,
} = of(clone);

export const {
  diff: diffCommand,
  create: createCommand,
  read: readCommand,
  updateThen: updateCommand,
  delete: deleteCommand,
} = of(command);

export const {
  diff: diffFile,
  create: createFile,
  read: readFile,
  update: updateFile,
  delete: deleteFile,
} = of(file);

/** Without the notes that Pulumi's runs need. */
const plainInstance = new DescribedResource<InstanceInputs, InstanceState>({
  ...instance.own,
  create: bringUp,
});

export const { diff: diffInstance, create: createInstance, updateOf: updateInstance } = of(plainInstance);
export const deleteInstance = begun("delete", removeInstance);
export const readInstance = begun(
  "read",
  async (op, id: string, known: Parameters<typeof lookAtInstance>[1]) => {
    const outs = await lookAtInstance(op, known, id);
    return outs && { outs, inputs: inputsOf(outs) };
  },
);

export const {
  diff: diffMount,
  create: createMount,
  read: readMount,
  update: updateMount,
  delete: deleteMount,
} = of(mount);

export const { diff: diffRestore, create: createRestore, updateOf: updateRestore } = of(restore);

export const {
  diff: diffSetting,
  create: createSetting,
  update: updateSetting,
  delete: deleteSetting,
} = of(setting);
/** A setting is never gone. */
export const readSetting = begun(
  "read",
  (op, state: SettingState) => setting.own.read?.(op, state, state.key) as Promise<SettingState>,
);

export const {
  diff: diffSnapshot,
  create: createSnapshot,
  read: readSnapshot,
  updateOf: updateSnapshot,
  delete: deleteSnapshotResource,
} = of(snapshot);
