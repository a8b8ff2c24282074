import { isAlias, isScalar, parseDocument, visit } from "yaml";
import type { Secrecy } from "./description.ts";
import { DESCRIPTIONS } from "./descriptions.ts";
import { below } from "./unknown-arguments.ts";

/** A value that must not be shown. */
export interface Secret {
  value: string;
  /** Shown in its place: the path of the argument, so that an error still tells which value it is about. */
  label: string;
  /** Whether any word of it may be the secret: programs often mark a whole text that only contains one. */
  inWords: boolean;
}

/** An argument has the same secrecy in every resource. */
const SECRECY: ReadonlyMap<string, Secrecy> = new Map(
  Object.values(DESCRIPTIONS).flatMap((description) =>
    Object.entries(description).map(([name, { secret }]) => [name, secret] as const),
  ),
);

/** Keys of cloud-config whose values are always secrets, marked or not. Public keys are not. */
const SENSITIVE = /pass(?:w(?:or)?d|phrase)|secret|token|credential|private|(?:api|access|auth)[-_]?key/i;

/** The secrets in properties: those that the program marked (`secrets`), and those that are so by nature. */
export function secretsOf(properties: Readonly<Record<string, unknown>>): Secret[] {
  const marked = Array.isArray(properties["secrets"]) ? properties["secrets"] : [];
  return Object.entries(properties).flatMap(([property, value]) => {
    const isMarked = marked.includes(property);
    switch (SECRECY.get(property)) {
      case "public":
        return [];
      case "userData":
        return typeof value === "string" ? inUserData(value, isMarked) : leaves(value, property, isMarked);
      // The variable's name is more helpful than the argument's.
      case "values":
        return leaves(value, property, isMarked).map((secret) => ({
          ...secret,
          label: secret.label.replace(/^environment\./, ""),
        }));
      // This covers outputs, too.
      default:
        return isMarked ? leaves(value, property, true) : inUrls(value, property);
    }
  });
}

/** Strings and numbers at any depth. */
function leaves(value: unknown, path: string, inWords: boolean): Secret[] {
  if (typeof value === "string" || typeof value === "number") {
    return [{ value: String(value), label: path, inWords }];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) =>
    leaves(part, below(path, Array.isArray(value) ? Number(key) : key), inWords),
  );
}

/** The user, the password and the query values of URLs. Elsewhere, only a URL's host and path are shown. */
function inUrls(value: unknown, property: string): Secret[] {
  return leaves(value, property, false).flatMap(({ value: text, label }) => {
    const [, user, query] = /^[a-z]+:\/\/(?:([^/?#@]*)@)?[^?]*(?:\?(.*))?$/i.exec(text) ?? [];
    // Only hidden as a whole: their words occur in ordinary messages.
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
  // Invalid YAML yields no values, but may still hold a secret.
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
      const label = path.reduce<string>(below, "cloudInit");
      add(String(node.value), label);
      // `0042` is read as a number, but may be printed as it was written.
      if (node.source !== undefined && node.source !== node.value) add(node.source, label);
    },
  });
  return secrets;
}

/** Keys and indices that lead to the last node. */
function pathOf(nodes: readonly unknown[]): (string | number)[] {
  return nodes.flatMap<string | number>((node, at) => {
    const next = nodes[at + 1];
    const { items } = node as { items?: readonly unknown[] };
    const { key } = node as { key?: unknown };
    if (isScalar(key)) return [String(key.value)];
    const index = items?.indexOf(next) ?? -1;
    // The items of a mapping are pairs, identified by their keys.
    return index < 0 || (next as { key?: unknown }).key !== undefined ? [] : [index];
  });
}

function isSensitive(path: readonly (string | number)[]): boolean {
  const keys = path.filter((part) => typeof part === "string");
  const last = keys.at(-1) ?? "";
  // Its list holds `USER:PASSWORD`.
  return SENSITIVE.test(last) || (last === "list" && keys.includes("chpasswd"));
}
