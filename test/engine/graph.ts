import type { ResourceState } from "./state.ts";

/** The URNs that a resource depends on. */
export const needs = (state: ResourceState): Set<string> =>
  new Set(
    [
      state.parent,
      state.deletedWith,
      state.provider.slice(0, Math.max(0, state.provider.lastIndexOf("::"))),
      ...state.dependencies,
      ...Object.values(state.propertyDependencies).flat(),
    ].filter((urn) => urn !== ""),
  );

/** The resources that depend on one of the URNs, directly or not, in the order of the state. */
export function dependents(resources: ResourceState[], urns: Iterable<string>): ResourceState[] {
  const reached = new Set(urns);
  const found: ResourceState[] = [];
  for (const state of resources) {
    if (![...needs(state)].some((urn) => reached.has(urn))) continue;
    reached.add(state.urn);
    found.push(state);
  }
  return found;
}

/** Groups resources for deletion: all in a group can be deleted at once, after the earlier groups. */
export function deletionOrder(resources: ResourceState[]): ResourceState[][] {
  const layers: ResourceState[][] = [];
  let left = resources;
  while (left.length > 0) {
    const needed = new Set(left.flatMap((state) => [...needs(state)].filter((urn) => urn !== state.urn)));
    const free = left.filter((state) => !needed.has(state.urn));
    // Programs cannot create a cycle. If a damaged state has one, deleting in any order is better than
    // hanging.
    const layer = free.length > 0 ? free : left;
    layers.push(layer);
    left = left.filter((state) => !layer.includes(state));
  }
  return layers;
}
