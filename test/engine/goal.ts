import type { CustomTimeouts, ResourceState } from "./state.ts";
import type { Props } from "./values.ts";

/** A resource as the program requests it. */
export interface Goal {
  type: string;
  name: string;
  parent: string;
  custom: boolean;
  inputs: Props;
  dependencies: string[];
  propertyDependencies: Record<string, string[]>;
  additionalSecretOutputs: string[];
  aliases: AliasSpec[];
  ignoreChanges: string[];
  replaceOnChanges: string[];
  deletedWith: string;
  provider: string;
  customTimeouts: CustomTimeouts;
  /** The id of an existing object to import into the state. */
  importId: string;
  protect?: boolean;
  retainOnDelete?: boolean;
  deleteBeforeReplace?: boolean;
}

/** A former name: a complete URN, or only the parts that differ. */
export interface AliasSpec {
  urn?: string;
  name?: string;
  type?: string;
  stack?: string;
  project?: string;
  parent?: string;
  noParent?: boolean;
}

export interface ReadGoal {
  type: string;
  name: string;
  parent: string;
  id: string;
  inputs: Props;
  dependencies: string[];
  additionalSecretOutputs: string[];
  provider: string;
}

export function stateOf(goal: Goal, urn: string): ResourceState {
  return {
    urn,
    type: goal.type,
    id: "",
    custom: goal.custom,
    external: false,
    inputs: goal.inputs,
    outputs: {},
    parent: goal.parent,
    dependencies: goal.dependencies,
    propertyDependencies: goal.propertyDependencies,
    initErrors: [],
    protect: goal.protect ?? false,
    retainOnDelete: goal.retainOnDelete ?? false,
    delete: false,
    pendingReplacement: false,
    additionalSecretOutputs: goal.additionalSecretOutputs,
    ignoreChanges: goal.ignoreChanges,
    replaceOnChanges: goal.replaceOnChanges,
    deletedWith: goal.deletedWith,
    provider: goal.provider,
    customTimeouts: goal.customTimeouts,
  };
}

export function stateOfRead(goal: ReadGoal, urn: string): ResourceState {
  const state = stateOf(
    {
      ...goal,
      custom: true,
      propertyDependencies: {},
      aliases: [],
      ignoreChanges: [],
      replaceOnChanges: [],
      deletedWith: "",
      customTimeouts: {},
      importId: "",
    },
    urn,
  );
  return { ...state, id: goal.id, external: true };
}
