import type aliasproto from "@pulumi/pulumi/proto/alias_pb.js";
import type resproto from "@pulumi/pulumi/proto/resource_pb.js";
import type { AliasSpec, Goal, ReadGoal } from "./goal.ts";
import { isProvider, packageOf } from "./plugins.ts";
import type { CustomTimeouts } from "./state.ts";
import { STACK_TYPE } from "./urn.ts";
import { fromStruct } from "./values.ts";

type Refuse = (what: string) => never;

/** Whether a package has a plugin. */
type Knows = (name: string) => boolean;

/** Translates a registration, and refuses what this engine would otherwise silently get wrong. */
export function goalOf(request: resproto.RegisterResourceRequest, refuse: Refuse, knows: Knows): Goal {
  const type = request.getType();
  if (request.getCustom()) refuseOthers(type, refuse, knows);
  if (request.getRemote()) refuse(`the remote component ${type}`);
  if (request.getTransformsList().length > 0) refuse("a transform");
  if (request.getReplaceWithList().length > 0) refuse("the option replaceWith");
  if (request.hasReplacementTrigger()) refuse("the option replacementTrigger");
  const parent = request.getParent();
  return {
    type,
    name: request.getName(),
    parent,
    custom: request.getCustom(),
    inputs: fromStruct(request.getObject()),
    dependencies: request.getDependenciesList(),
    propertyDependencies: Object.fromEntries(
      [...request.getPropertydependenciesMap().entries()].map(([key, of]) => [key, of.getUrnsList()]),
    ),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    aliases: request.getAliasesList().map(aliasOf),
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    deletedWith: request.getDeletedwith(),
    provider: request.getProvider(),
    customTimeouts: timeoutsOf(request.getCustomtimeouts()),
    importId: request.getImportid(),
    ...(request.hasProtect() ? { protect: request.getProtect() } : {}),
    ...(request.hasRetainondelete() ? { retainOnDelete: request.getRetainondelete() } : {}),
    ...(request.getDeletebeforereplacedefined()
      ? { deleteBeforeReplace: request.getDeletebeforereplace() }
      : {}),
  };
}

export function readGoalOf(request: resproto.ReadResourceRequest, refuse: Refuse, knows: Knows): ReadGoal {
  refuseOthers(request.getType(), refuse, knows);
  return {
    type: request.getType(),
    name: request.getName(),
    parent: request.getParent(),
    id: request.getId(),
    inputs: fromStruct(request.getProperties()),
    provider: request.getProvider(),
    dependencies: request.getDependenciesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
  };
}

function refuseOthers(type: string, refuse: Refuse, knows: Knows): void {
  const name = isProvider(type) ? (type.split(":").at(-1) ?? "") : packageOf(type);
  if (type === STACK_TYPE || knows(name)) return;
  refuse(`${type}: it knows the Node.js dynamic provider, and plugins on the PATH`);
}

/** Converts Go durations, such as `1h30m`, to seconds. */
function timeoutsOf(given: resproto.RegisterResourceRequest.CustomTimeouts | undefined): CustomTimeouts {
  const all = { create: given?.getCreate(), update: given?.getUpdate(), delete: given?.getDelete() };
  const named = Object.entries(all).filter((entry): entry is [keyof CustomTimeouts, string] => !!entry[1]);
  return Object.fromEntries(named.map(([operation, text]) => [operation, seconds(text)]));
}

const SECONDS: Record<string, number> = { h: 3600, m: 60, s: 1, ms: 0.001 };

const seconds = (text: string): number =>
  [...text.matchAll(/([\d.]+)(h|ms|m|s)/gu)].reduce(
    (sum, [, number, unit]) => sum + Number(number) * (SECONDS[unit ?? ""] ?? 0),
    0,
  );

function aliasOf(alias: aliasproto.Alias): AliasSpec {
  const spec = alias.getSpec();
  if (spec === undefined) return { urn: alias.getUrn() };
  return {
    name: spec.getName(),
    type: spec.getType(),
    stack: spec.getStack(),
    project: spec.getProject(),
    parent: spec.getParenturn(),
    noParent: spec.getNoparent(),
  };
}
