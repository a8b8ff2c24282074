import { isAlias, isScalar, parseDocument, visit } from "yaml";

/** A value that is not to be shown. */
export interface Secret {
  value: string;
  /** What is shown in its place: where it stands among the arguments, so that an error still tells which value it is about. */
  label: string;
  /** Whether a single word of it may be the secret: what a program marks is often a whole text with the secret somewhere in it. */
  inWords: boolean;
}

/** What a machine is called stands in every argument list and in `multipass list`. */
const PUBLIC = ["name", "instance", "owner"];

/** Keys of cloud-config whose values are secrets, also where nobody has said so. Public keys are none. */
const SENSITIVE = /pass(?:w(?:or)?d|phrase)|secret|token|credential|private|(?:api|access|auth)[-_]?key/i;

/**
 * What of a resource's properties is not to be shown: what the program has marked as a secret, whose names the resource hands over in
 * `secrets`, and what is one by its nature.
 */
export function secretsOf(properties: Readonly<Record<string, unknown>>): Secret[] {
  const marked = Array.isArray(properties["secrets"]) ? properties["secrets"] : [];
  return Object.entries(properties).flatMap(([property, value]) => {
    if (PUBLIC.includes(property)) return [];
    const isMarked = marked.includes(property);
    switch (property) {
      case "cloudInit":
        return typeof value === "string" ? inUserData(value, isMarked) : leaves(value, property, isMarked);
      // Which variable is a secret nobody says, so each is taken for one.
      case "environment":
        return leaves(value, property, isMarked).map((secret) => ({
          ...secret,
          label: secret.label.slice("environment.".length),
        }));
      case "stdin":
        return leaves(value, property, isMarked);
      default:
        return isMarked ? leaves(value, property, true) : inUrls(value, property);
    }
  });
}

/** Texts and numbers at any depth. */
function leaves(value: unknown, path: string, inWords: boolean): Secret[] {
  if (typeof value === "string" || typeof value === "number") {
    return [{ value: String(value), label: path, inWords }];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => leaves(part, below(path, key, value), inWords));
}

function below(path: string, key: string, parent: object): string {
  return Array.isArray(parent) ? `${path}[${key}]` : `${path}.${key}`;
}

/** The user, the password, and the values in the query of URLs: what is shown of one elsewhere is its host and its path. */
function inUrls(value: unknown, property: string): Secret[] {
  return leaves(value, property, false).flatMap(({ value: text, label }) => {
    const [, user, query] = /^[a-z]+:\/\/(?:([^/?#@]*)@)?[^?]*(?:\?(.*))?$/i.exec(text) ?? [];
    // As a whole: their words are those of every message.
    const values = (query ?? "").split("&").map((pair) => pair.slice(pair.indexOf("=") + 1));
    return [
      ...(user ? [{ value: user, label, inWords: true }] : []),
      ...values.filter(Boolean).map((value) => ({ value, label, inWords: false })),
    ];
  });
}

function inUserData(text: string, isMarked: boolean): Secret[] {
  const document = parseDocument(text, { prettyErrors: false, uniqueKeys: false, logLevel: "error" });
  const secrets: Secret[] = [];
  const add = (value: string, label: string) => secrets.push({ value, label, inWords: true });
  const addAll = (comment: string | null | undefined) => {
    if (isMarked && comment) add(comment, "cloudInit");
  };
  // A text that is no YAML has no values, but it may hold a secret.
  if (isMarked && document.errors.length > 0) add(text, "cloudInit");
  addAll(document.commentBefore);
  addAll(document.comment);
  visit(document, {
    Node(key, node, ancestors) {
      addAll(node.commentBefore);
      addAll(node.comment);
      if (key === "key" || isAlias(node) || !isScalar(node) || typeof node.value === "boolean") return;
      if (node.value === null) return;
      const path = pathOf([...ancestors, node]);
      if (!isMarked && !isSensitive(path)) return;
      const label = path.reduce<string>(
        (so, part) => (typeof part === "number" ? `${so}[${part}]` : `${so}.${part}`),
        "cloudInit",
      );
      add(String(node.value), label);
      // `0042` is read as a number, and may be repeated as it was written.
      if (node.source !== undefined && node.source !== node.value) add(node.source, label);
    },
  });
  return secrets;
}

/** Keys and indices that lead to the last of the nodes. */
function pathOf(nodes: readonly unknown[]): (string | number)[] {
  return nodes.flatMap<string | number>((node, at) => {
    const next = nodes[at + 1];
    const { items } = node as { items?: readonly unknown[] };
    const { key } = node as { key?: unknown };
    if (isScalar(key)) return [String(key.value)];
    const index = items?.indexOf(next) ?? -1;
    // The items of a mapping are pairs, which have keys.
    return index < 0 || (next as { key?: unknown }).key !== undefined ? [] : [index];
  });
}

function isSensitive(path: readonly (string | number)[]): boolean {
  const keys = path.filter((part) => typeof part === "string");
  const last = keys.at(-1) ?? "";
  // Its list is `USER:PASSWORD`.
  return SENSITIVE.test(last) || (last === "list" && keys.includes("chpasswd"));
}
