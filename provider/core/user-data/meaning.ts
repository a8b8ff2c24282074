import { createHash } from "node:crypto";
import { isMap, isScalar, isSeq, type Node, type Pair } from "yaml";
import { contentOf, isNull, parseUserData, type UserDataDocument } from "./parse.ts";

/**
 * What the guest is given, as a hash: two texts of one meaning make the same machine. Multipass parses user-data and writes it anew, so
 * comments, quotes, line endings, indentation and the form of collections do not count. Neither does the order of the keys of a mapping.
 *
 * @returns undefined where the guest is given nothing
 */
export function meaningOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const document = parseUserData(text);
  if (document.error !== undefined) return hash(["text", text]);
  return isNull(document.root) ? undefined : hashOf(document.root as Node, document, new Map());
}

export function sameUserData(a: string | undefined, b: string | undefined): boolean {
  return a === b || meaningOf(a) === meaningOf(b);
}

/** @param known what was hashed before, so that a document full of aliases takes no longer than its text is long */
function hashOf(given: Node, document: UserDataDocument, known: Map<Node, string>): string {
  const node = document.resolve(given);
  if (node === undefined || isNull(node)) return "null";
  const before = known.get(node);
  if (before !== undefined) return before;
  known.set(node, "itself");
  const of = (part: unknown) => hashOf(part as Node, document, known);
  const found = hash([tagOf(node), ...partsOf(node, of)]);
  known.set(node, found);
  return found;
}

function partsOf(node: Node, of: (part: unknown) => string): string[] {
  if (isScalar(node)) return ["scalar", contentOf(node)];
  if (isSeq(node)) return ["list", ...node.items.map(of)];
  if (!isMap(node)) return [];
  // Pairs of one key keep their order: the last one wins.
  const pairs = (node.items as Pair[]).map(({ key, value }) => ({ key: of(key), value: of(value) }));
  pairs.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return ["mapping", ...pairs.flatMap(({ key, value }) => [key, value])];
}

function tagOf({ tag }: Node): string {
  return tag === undefined || tag === "!" ? "" : tag;
}

function hash(parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
