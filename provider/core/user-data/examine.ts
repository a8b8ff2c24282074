import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  visit,
  type YAMLMap,
} from "yaml";
import { closest } from "../did-you-mean.ts";
import { refusedForm, refusedRoot } from "./forms.ts";
import { KINDS } from "./keys.ts";
import { contentOf, isNull, parseUserData, STRING_TAG, type UserDataDocument } from "./parse.ts";
import { isReadAsString } from "./write.ts";

/** Findings about user-data before a guest has seen it. Messages quote nothing but names of keys. */
export interface Examination {
  /** Faults at which Multipass or the guest surely fails or discards data. Each continues "cloudInit …". */
  refusals: string[];
  /** Probable mistakes. Each continues "cloudInit …". */
  warnings: string[];
  /** The keys that reboot or shut down the guest while cloud-init is still running. */
  rebootsBy: string[];
}

/** @param isSecret whether the program marked it as a secret, so that only cloud-config's keys are shown */
export function examineUserData(text: string, isSecret: boolean): Examination {
  const found: Examination = { refusals: [], warnings: [], rebootsBy: [] };
  const refuse = (reason: string) => ({ ...found, refusals: [reason] });

  const form = refusedForm(text);
  if (form !== undefined) return refuse(form);
  const document = parseUserData(text);
  if (document.error !== undefined) return refuse(`is not valid YAML (${document.error})`);
  if (document.hasMore)
    return refuse(
      "contains several YAML documents, but Multipass passes on only the first. Merge them into one",
    );
  const { root } = document;
  if (isNull(root)) return { ...found, warnings: ["is empty, so the guest gets no user-data"] };
  if (!isMap(root)) return refuse(refusedRoot(text, root as Node));

  examineNodes(root, document, isSecret, found);
  for (const pair of root.items as Pair<Node, Node>[]) {
    if (isScalar(pair.key)) examineKey(contentOf(pair.key), pair.value, document, isSecret, found);
  }
  return { ...found, refusals: [...new Set(found.refusals)] };
}

/** Tags that cloud-init's YAML reader knows. */
const TAGS = /^(?:!|tag:yaml\.org,2002:(?:str|null|bool|int|float|binary|timestamp|omap|pairs|set|seq|map))$/;

/** Characters that Multipass passes on as they are, and that break the document for cloud-init. */
const UNREADABLE = /[\u007f\u0085\u2028\u2029]/;

function examineNodes(
  root: YAMLMap,
  document: UserDataDocument,
  isSecret: boolean,
  { refusals, warnings }: Examination,
): void {
  const { resolve, lineOf } = document;
  const unquoted: number[] = [];
  visit(root, {
    Node(_, { tag }) {
      if (tag !== undefined && !TAGS.test(tag)) {
        refusals.push("has a YAML tag that cloud-init does not know, so cloud-init would ignore all of it");
      }
    },
  });
  visit(root, {
    Alias(_, alias, path) {
      const target = resolve(alias);
      if (!target) refusals.push(`uses an anchor that it does not define (line ${lineOf(alias)})`);
      else if (path.includes(target)) refusals.push(`contains itself by an alias (line ${lineOf(alias)})`);
    },
    Map(_, map) {
      for (const warning of duplicates(map, document, isSecret)) warnings.push(warning);
    },
    Pair(_, { key }) {
      const named = key && resolve(key as Node);
      if (isMap(named) || isSeq(named)) {
        refusals.push(
          `uses a mapping or a list as a key (line ${lineOf(key as Node)}), which cloud-init cannot read. Quote a value that begins with a brace`,
        );
      }
    },
    Scalar(place, node, path) {
      refusals.push(...refusedScalar(node, place, lineOf(node)));
      const { tag, type } = node;
      const content = contentOf(node);
      if (tag !== undefined || type === "PLAIN" || isUnquotable(content, place)) return;
      if (losesItsType(content, path)) unquoted.push(lineOf(node));
    },
  });
  if (unquoted.length > 0) {
    warnings.push(
      `has quotes that Multipass drops (${lines(unquoted)}), so cloud-init no longer reads a string. Write \`!!str\` before what must stay a string`,
    );
  }
}

function refusedScalar(node: Scalar, place: unknown, line: number): string[] {
  const content = contentOf(node);
  const refusals: string[] = [];
  if (UNREADABLE.test(content)) {
    refusals.push("contains a control character or a Unicode line separator, which Multipass cannot pass on");
  }
  if (node.tag === undefined && isUnquotable(content, place)) {
    refusals.push(
      `has a value that cloud-init cannot read without quotes, which Multipass drops (line ${line}). Write \`!!str\` before it`,
    );
  }
  return refusals;
}

/** Whether cloud-init cannot read these characters as a value without quotes. */
function isUnquotable(content: string, place: unknown): boolean {
  return content === "=" || (content === "<<" && place !== "key");
}

/** Whether a quoted string becomes another type without its quotes. */
function losesItsType(content: string, path: readonly unknown[]): boolean {
  // Multipass quotes these itself.
  if (isReadAsString(content) || content.includes(":") || /^(?:~|null|Null|NULL)?$/.test(content))
    return false;
  const keys = path.filter(isPair).map(({ key }) => textOf(key));
  // cloud-init converts these itself: values at the top level, the fields of mounts, and permissions.
  return path.length > 2 && keys[0] !== "mounts" && keys.at(-1) !== "permissions";
}

function duplicates(map: YAMLMap, { lineOf }: UserDataDocument, isSecret: boolean): string[] {
  const seen = new Set<string>();
  return map.items.flatMap(({ key }) => {
    if (!isScalar(key)) return [];
    const name = contentOf(key);
    const isRepeated = name !== "<<" && seen.has(name);
    seen.add(name);
    if (!isRepeated) return [];
    const what = isSecret ? "a key twice" : `the key \`${name}\` twice`;
    return [`has ${what} (line ${lineOf(key)}): cloud-init uses the last one only`];
  });
}

function examineKey(
  key: string,
  given: Node | null,
  { resolve }: UserDataDocument,
  isSecret: boolean,
  found: Examination,
): void {
  const value = given ? resolve(given) : undefined;
  const kind = KINDS.get(key);
  if (kind === undefined) {
    // A key that only defines an anchor is meant to be ignored.
    const isAnchor = given && !isAlias(given) && given.anchor !== undefined;
    if (key !== "<<" && !isAnchor) found.warnings.push(unknownKey(key, isSecret));
    return;
  }
  const is = kindOf(value);
  if (key === "runcmd" || key === "bootcmd") {
    found.refusals.push(...refusedCommands(key, value, resolve));
    const commands = isSeq(value) ? value.items.map((item) => commandOf(item as Node, resolve)) : [];
    if (commands.some(endsGuest)) found.rebootsBy.push(key);
  } else if (key === "write_files" && is !== "list" && is !== "nothing") {
    found.refusals.push("must have a list under `write_files`: cloud-init rejects anything else");
  } else if (kind === "list" && is === "nothing") {
    found.warnings.push(`has nothing under \`${key}\``);
  } else if (kind !== "any" && is !== "nothing" && is !== kind) {
    found.warnings.push(`should have a ${kind === "value" ? "single value" : kind} under \`${key}\``);
  }
  if (/^(?:package|apt)_reboot_if_required$/.test(key) && /^(?:true|yes|on|1)$/i.test(textOf(value))) {
    found.rebootsBy.push(key);
  }
}

function unknownKey(key: string, isSecret: boolean): string {
  if (isSecret) return "has a top-level key that cloud-init does not know and ignores";
  const meant = closest(key, [...KINDS.keys()]);
  return `has the key \`${key}\`, which cloud-init does not know${meant ? `: did you mean \`${meant}\`?` : " and ignores"}`;
}

function kindOf(node: Node | undefined): "list" | "mapping" | "value" | "nothing" {
  if (isSeq(node)) return "list";
  if (isMap(node)) return "mapping";
  return isNull(node) ? "nothing" : "value";
}

const textOf = (node: unknown) => (isScalar(node) ? contentOf(node) : "");

function refusedCommands(
  key: string,
  value: Node | undefined,
  resolve: UserDataDocument["resolve"],
): string[] {
  if (!isSeq(value)) return [`must have a list under \`${key}\`: cloud-init rejects anything else`];
  return value.items.flatMap((item, index) => {
    const command = resolve(item as Node);
    const entry = `must have only commands under \`${key}\`, and entry ${index + 1} is`;
    if (isMap(command)) return [`${entry} a mapping. Quote a command that contains a colon and a space`];
    if (!isScalar(command) || isNull(command)) return [];
    const isString =
      command.tag === undefined ? isReadAsString(contentOf(command)) : command.tag === STRING_TAG;
    if (isString) return [];
    return [
      `${entry} not a string once Multipass has dropped its quotes. Write \`!!str\` before it, or pass an object that has a string there`,
    ];
  });
}

/** The command as a shell would get it. */
function commandOf(given: Node, resolve: UserDataDocument["resolve"]): string {
  const item = resolve(given);
  if (!isSeq(item)) return textOf(item);
  const words = item.items.map((word) => textOf(resolve(word as Node)));
  const script = words.findIndex((word) => /^-\w*c$/.test(word));
  return /(?:^|\/)(?:ba|da|z)?sh$/.test(words[0] ?? "") && script > 0
    ? (words[script + 1] ?? "")
    : words.join(" ");
}

function lines(all: readonly number[]): string {
  const shown = [...new Set(all)];
  return `${shown.length === 1 ? "line" : "lines"} ${shown.slice(0, 5).join(", ")}${shown.length > 5 ? ", …" : ""}`;
}

/** Commands that end the guest, even while cloud-init is still running. */
const PROGRAM =
  /(?:reboot|poweroff|halt|shutdown(?!\s+-c\b)|(?:tel)?init\s+[06]|systemctl\s+(?:-\S+\s+)*(?:reboot|poweroff|halt|kexec))/;

/** A command at the start of a line, or after a shell's separator or a word that introduces a command. */
const COMMAND = new RegExp(
  String.raw`(?:^|[;&|({])\s*(?:(?:sudo|exec|nohup|then|do|else|!)\s+(?:-\S+\s+)*)*(?:/(?:usr/)?s?bin/)?${PROGRAM.source}(?=$|[\s;&|)}])`,
  "m",
);

export function endsGuest(command: string): boolean {
  return COMMAND.test(command);
}
