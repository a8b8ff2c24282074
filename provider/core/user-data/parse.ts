import { type Document, isAlias, isCollection, isScalar, type Node, parseAllDocuments, visit } from "yaml";

/**
 * Multipass reads user-data with yaml-cpp, which keeps every scalar as it is written, and duplicate keys.
 * `logLevel` silences the warnings of the library, which quote the user-data.
 */
const OPTIONS = {
  schema: "failsafe",
  version: "1.1",
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: "error",
} as const;

export const STRING_TAG = "tag:yaml.org,2002:str";

/** A user-data document as Multipass reads it. */
export interface UserDataDocument {
  /** Undefined if the text holds nothing but comments. */
  root: Node | undefined;
  /** Whether more documents follow, which Multipass drops. */
  hasMore: boolean;
  /** Why the text cannot be parsed; quotes nothing of it. */
  error: string | undefined;
  /** The node that an alias stands for. */
  resolve(node: Node): Node | undefined;
  lineOf(node: Node): number;
}

export function parseUserData(given: string): UserDataDocument {
  const text = given.replaceAll(/\r\n?/g, "\n");
  let parsed = parse(text);
  if (parsed.error) parsed = parseWithTabs(text) ?? parsed;
  const { documents, error } = parsed;
  const [first] = documents;
  return {
    root: first?.contents ?? undefined,
    hasMore: documents.slice(1).some(({ contents }) => contents !== null && !isNull(contents)),
    error,
    resolve: (node) => (first && isAlias(node) ? node.resolve(first) : node),
    lineOf: (node) => lineAt(text, node.range?.[0] ?? 0),
  };
}

interface Parsed {
  documents: Document.Parsed[];
  error: string | undefined;
}

function parse(text: string): Parsed {
  const documents = [...parseAllDocuments(text, OPTIONS)] as Document.Parsed[];
  const [error] = documents.flatMap(({ errors }) => errors);
  return {
    documents,
    error: error && `${error.code.toLowerCase().replaceAll("_", " ")}, line ${lineAt(text, error.pos[0])}`,
  };
}

/** As many spaces as replace a tab. They must be wider than any indentation around it. */
const WIDE = " ".repeat(200);

/**
 * Parses a text with tabs as indentation inside flow collections and quoted scalars. yaml-cpp and cloud-init
 * accept these tabs; this library does not. Tabs that indent anything else are an error for all of them.
 */
function parseWithTabs(text: string): Parsed | undefined {
  const indented: number[] = [];
  let added = 0;
  const widened = text.replaceAll(/^( *)\t[ \t]*/gm, (white, spaces: string, at: number) => {
    indented.push(at + added);
    added += spaces.length + WIDE.length - white.length;
    return spaces + WIDE;
  });
  if (indented.length === 0) return undefined;
  const { documents, error } = parse(widened);
  if (error) return undefined;
  const ranges: [from: number, to: number][] = [];
  for (const document of documents) {
    visit(document, {
      Node(_, node) {
        const isFree =
          (isCollection(node) && node.flow === true) || (isScalar(node) && node.type !== "PLAIN");
        if (isFree && node.range) ranges.push([node.range[0], node.range[2]]);
      },
    });
  }
  const isAllowed = (at: number) => ranges.some(([from, to]) => from < at && at < to);
  return indented.every(isAllowed) ? { documents, error: undefined } : undefined;
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

/** Whether a node is YAML's null. In quotes the same characters are a string. */
export function isNull(node: unknown): boolean {
  if (!isScalar(node)) return node === null || node === undefined;
  return node.type === "PLAIN" && node.tag === undefined && /^(?:~|null|Null|NULL)?$/.test(contentOf(node));
}

/** The characters of a scalar, without quotes and escapes. */
export function contentOf(node: { value: unknown }): string {
  return String(node.value ?? "");
}
