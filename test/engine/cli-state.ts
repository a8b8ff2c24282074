import type { ResourceInfo, StackState } from "./deployer.ts";
import { STACK_TYPE } from "./urn.ts";
import { isSecret, type Props, SECRET, SIGNATURE, transformProps, type Value } from "./values.ts";

interface Exported {
  deployment: {
    resources?: Partial<ResourceInfo>[];
    pending_operations?: { resource: { urn: string }; type: string }[];
  };
}

/** Converts an export of the real CLI into the form that tests see. */
export function exportedState(text: string): StackState {
  const { deployment } = JSON.parse(text) as Exported;
  const resources = (deployment.resources ?? [])
    .filter((resource) => !resource.type?.startsWith("pulumi:providers:"))
    .map(complete);
  return {
    resources,
    outputs: resources.find((resource) => resource.type === STACK_TYPE)?.outputs ?? {},
    pendingOperations: (deployment.pending_operations ?? []).map(({ resource, type }) => ({
      op: type,
      urn: resource.urn,
    })),
  };
}

/** Restores empty fields, which the export omits. */
const complete = (resource: Partial<ResourceInfo>): ResourceInfo => ({
  urn: resource.urn ?? "",
  type: resource.type ?? "",
  id: resource.id ?? "",
  custom: resource.custom ?? false,
  external: resource.external ?? false,
  inputs: withValues(resource.inputs ?? {}),
  outputs: withValues(resource.outputs ?? {}),
  parent: resource.parent ?? "",
  dependencies: resource.dependencies ?? [],
  propertyDependencies: Object.fromEntries(
    Object.entries(resource.propertyDependencies ?? {}).map(([key, urns]) => [key, urns ?? []]),
  ),
  initErrors: resource.initErrors ?? [],
  protect: resource.protect ?? false,
  retainOnDelete: resource.retainOnDelete ?? false,
  delete: resource.delete ?? false,
  pendingReplacement: resource.pendingReplacement ?? false,
});

/** Secrets are exported as their JSON text. */
const withValues = (props: Props): Props =>
  transformProps(props, (part) => {
    if (!isSecret(part)) return part;
    const value: Value = JSON.parse(String((part as Props)["plaintext"]));
    return { [SIGNATURE]: SECRET, value };
  });
