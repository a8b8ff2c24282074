import { hash } from "node:crypto";
import { isMap, isScalar, isSeq, type Node, type Pair } from "yaml";
import { contentOf, isNull, parseUserData, type UserDataDocument } from "./parse.ts";

/**
 * A hash of what the guest gets: two texts with the same hash make the same instance.
 * Multipass parses user-data and writes it anew. So comments, quotes, line endings, indentation, the form
 * of collections and the order of keys do not count.
 *
 * @returns undefined if the guest gets nothing
 */
export function meaningOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const document = parseUserData(text);
  if (document.error !== undefined) return hashed(["text", text]);
  return isNull(document.root) ? undefined : hashOf(document.root as Node, document, new Map());
}

export function sameUserData(a: string | undefined, b: string | undefined): boolean {
  return a === b || meaningOf(a) === meaningOf(b);
}

/** @param known the hashes so far, so that the time depends on the length of the text, not on its aliases */
function hashOf(given: Node, document: UserDataDocument, known: Map<Node, string>): string {
  const node = document.resolve(given);
  if (node === undefined || isNull(node)) return "null";
  const before = known.get(node);
  if (before !== undefined) return before;
  known.set(node, "itself");
  const of = (part: unknown) => hashOf(part as Node, document, known);
  const found = hashed([tagOf(node), ...partsOf(node, of)]);
  known.set(node, found);
  return found;
}

function partsOf(node: Node, of: (part: unknown) => string): string[] {
  if (isScalar(node)) return ["scalar", contentOf(node)];
  if (isSeq(node)) return ["list", ...node.items.map(of)];
  if (!isMap(node)) return [];
  // Pairs with the same key keep their order, because the last one wins.
  const pairs = (node.items as Pair[]).map(({ key, value }) => ({ key: of(key), value: of(value) }));
  pairs.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return ["mapping", ...pairs.flatMap(({ key, value }) => [key, value])];
}

function tagOf({ tag }: Node): string {
  return tag === undefined || tag === "!" ? "" : tag;
}

const hashed = (parts: readonly string[]) => hash("sha256", JSON.stringify(parts));
