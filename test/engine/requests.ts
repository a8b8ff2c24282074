import type aliasproto from "@pulumi/pulumi/proto/alias_pb.js";
import type resproto from "@pulumi/pulumi/proto/resource_pb.js";
import type { AliasSpec, Goal, ReadGoal } from "./goal.ts";
import { STACK_TYPE } from "./urn.ts";
import { fromStruct } from "./values.ts";

type Refuse = (what: string) => never;

const DYNAMIC = "pulumi-nodejs";

/** Translates a registration, and refuses what this engine would otherwise get wrong without a word. */
export function goalOf(request: resproto.RegisterResourceRequest, refuse: Refuse): Goal {
  const type = request.getType();
  if (request.getCustom()) refuseOthers(type, refuse);
  if (request.getRemote()) refuse(`the remote component ${type}`);
  if (request.getImportid() !== "") refuse("importing a resource");
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
    ...(request.hasProtect() ? { protect: request.getProtect() } : {}),
    ...(request.hasRetainondelete() ? { retainOnDelete: request.getRetainondelete() } : {}),
    ...(request.getDeletebeforereplacedefined()
      ? { deleteBeforeReplace: request.getDeletebeforereplace() }
      : {}),
  };
}

export function readGoalOf(request: resproto.ReadResourceRequest, refuse: Refuse): ReadGoal {
  refuseOthers(request.getType(), refuse);
  return {
    type: request.getType(),
    name: request.getName(),
    parent: request.getParent(),
    id: request.getId(),
    inputs: fromStruct(request.getProperties()),
    dependencies: request.getDependenciesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
  };
}

function refuseOthers(type: string, refuse: Refuse): void {
  if (type === STACK_TYPE || type.startsWith(`${DYNAMIC}:`)) return;
  refuse(`${type}: it knows the Node.js dynamic provider only`);
}

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
