import type { AliasSpec, Goal } from "./goal.ts";
import type { ResourceState } from "./state.ts";
import { makeUrn, STACK_TYPE, urnName, urnType } from "./urn.ts";

/** Finds the predecessor of a resource in the state, by its URN or a former name. */
export class Olds {
  readonly #byUrn: Map<string, ResourceState>;
  readonly #stack: { stack: string; project: string };
  /** Maps each resource found by an alias to its former URN, and back. */
  readonly #formerOf = new Map<string, string>();
  readonly #claimed = new Map<string, string>();

  constructor(resources: ResourceState[], stack: { stack: string; project: string }) {
    this.#byUrn = new Map(resources.filter((old) => !old.delete).map((old) => [old.urn, old]));
    this.#stack = stack;
  }

  get(urn: string): ResourceState | undefined {
    return this.#byUrn.get(urn);
  }

  /** The new URN of a resource that was registered under another name. */
  renamed(urn: string): string | undefined {
    return this.#claimed.get(urn);
  }

  find(urn: string, goal: Pick<Goal, "name" | "type" | "parent" | "aliases">): ResourceState | undefined {
    for (const candidate of [urn, ...this.#aliases(goal)]) {
      const old = this.#byUrn.get(candidate);
      if (old === undefined || this.#claimed.has(candidate)) continue;
      if (candidate !== urn) {
        this.#claimed.set(candidate, urn);
        this.#formerOf.set(urn, candidate);
      }
      return old;
    }
    return undefined;
  }

  /** A resource's aliases combined with those of its parent: renaming a parent renames its children. */
  #aliases(goal: Pick<Goal, "name" | "type" | "parent" | "aliases">): string[] {
    const own = goal.aliases.map((alias) => this.#collapse(goal, alias));
    const formerParent = this.#formerOf.get(goal.parent);
    if (formerParent === undefined) return own;
    const inherited = [{ type: goal.type, name: goal.name }, ...own.map(nameAndType)].map((child) =>
      makeUrn({
        ...this.#stack,
        type: child.type,
        name: inheritedName(child.name, urnName(goal.parent), urnName(formerParent)),
        parent: formerParent,
      }),
    );
    return [...own, ...inherited];
  }

  #collapse(goal: Pick<Goal, "name" | "type" | "parent">, alias: AliasSpec): string {
    if (alias.urn) return alias.urn;
    const parent = alias.parent ? (this.#formerOf.get(alias.parent) ?? alias.parent) : goal.parent;
    return makeUrn({
      stack: alias.stack || this.#stack.stack,
      project: alias.project || this.#stack.project,
      type: alias.type || goal.type,
      name: alias.name || goal.name,
      parent: alias.noParent || urnType(parent) === STACK_TYPE ? "" : parent,
    });
  }
}

const nameAndType = (urn: string) => ({ type: urnType(urn), name: urnName(urn) });

/** Children are often named after their parent, such as `web-disk` of `web`. */
const inheritedName = (child: string, parent: string, formerParent: string): string =>
  child.startsWith(parent) ? formerParent + child.slice(parent.length) : child;
