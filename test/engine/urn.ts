/** The names of resources: `urn:pulumi:STACK::PROJECT::PARENT_TYPE$TYPE::NAME`. */

export const STACK_TYPE = "pulumi:pulumi:Stack";

const parts = (urn: string): string[] => urn.split("::");

const qualifiedType = (urn: string): string => parts(urn)[2] ?? "";

export const urnType = (urn: string): string => qualifiedType(urn).split("$").at(-1) ?? "";

/** A name may itself contain `::`. */
export const urnName = (urn: string): string => parts(urn).slice(3).join("::");

export interface Naming {
  stack: string;
  project: string;
  type: string;
  name: string;
  parent: string;
}

export function makeUrn({ stack, project, type, name, parent }: Naming): string {
  const parentType = parent === "" ? "" : qualifiedType(parent);
  const path = parentType === "" || parentType === STACK_TYPE ? type : `${parentType}$${type}`;
  return `urn:pulumi:${stack}::${project}::${path}::${name}`;
}

/** Whether a URN matches one of the targets, in which `*` and `**` match any text. */
export function matches(urn: string, targets: string[]): boolean {
  return targets.some((target) => {
    const pattern = target.split(/\*+/u).map((text) => text.replace(/[.*+?^${}()|[\]\\]/gu, "\\$&"));
    return new RegExp(`^${pattern.join(".*")}$`, "u").test(urn);
  });
}
