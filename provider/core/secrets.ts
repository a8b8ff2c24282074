import { isAlias, isScalar, parseDocument, visit } from "yaml";
import type { Secrecy } from "./description.ts";
import { DESCRIPTIONS } from "./descriptions.ts";

/** A value that is not to be shown. */
export interface Secret {
  value: string;
  /** What is shown in its place: where it stands among the arguments, so that an error still tells which value it is about. */
  label: string;
  /** Whether a single word of it may be the secret: what a program marks is often a whole text with the secret somewhere in it. */
  inWords: boolean;
}

/** An argument of one name is as secret in one resource as in another. */
const SECRECY: ReadonlyMap<string, Secrecy> = new Map(
  Object.values(DESCRIPTIONS).flatMap((description) =>
    Object.entries(description).map(([name, { secret }]) => [name, secret] as const),
  ),
);

/** Keys of cloud-config whose values are secrets, also where nobody has said so. Public keys are none. */
const SENSITIVE = /pass(?:w(?:or)?d|phrase)|secret|token|credential|private|(?:api|access|auth)[-_]?key/i;

/**
 * What of a resource's properties is not to be shown: what the program has marked as a secret, whose names the resource hands over in
 * `secrets`, and what is one by its nature.
 */
export function secretsOf(properties: Readonly<Record<string, unknown>>): Secret[] {
  const marked = Array.isArray(properties["secrets"]) ? properties["secrets"] : [];
  return Object.entries(properties).flatMap(([property, value]) => {
    const isMarked = marked.includes(property);
    switch (SECRECY.get(property)) {
      case "public":
        return [];
      case "userData":
        return typeof value === "string" ? inUserData(value, isMarked) : leaves(value, property, isMarked);
      // The name of a variable tells more than the name of the argument.
      case "values":
        return leaves(value, property, isMarked).map((secret) => ({
          ...secret,
          label: secret.label.replace(/^environment\./, ""),
        }));
      // Also for an output.
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
