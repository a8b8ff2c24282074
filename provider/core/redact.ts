import { MultipassError } from "../driver/errors.ts";
import { quote } from "../driver/guest-command.ts";
import type { Log } from "./context.ts";
import type { CheckFailure, Problem } from "./description.ts";
import { secretsOf } from "./secrets.ts";

export type Redaction = (text: string) => string;

/** Characters. Anything shorter would blot out parts of ordinary words, and is easily guessed anyway. */
const SHORTEST = 4;
/** Characters of a single word within a longer value. Shorter ones are words like `echo` and `sudo`. */
const SHORTEST_WORD = 5;
/** Words so common that hiding them would reveal more than it hides. */
const ORDINARY = new Set([
  ...["true", "false", "null", "none", "yes", "root", "ubuntu", "default", "localhost"],
  ...["cloud-init", "instance", "command", "failed", "error", "status", "running", "reboot"],
]);

/** Matches the words of a text, a command or a URL. */
const WORDS = /[^\s"'`=:,;@&|<>()[\]{}$\\/?#]+/g;

/** Encodings in which a text can be hidden in another, and how to decode them. */
const ENCODINGS: [run: RegExp, decode: (run: string) => string[]][] = [
  // Each line's length is a multiple of four, so several lines can be decoded as one.
  [/(?:[A-Za-z0-9+/]{60,}\r?\n\s*)*[A-Za-z0-9+/_-]{6,}={0,2}/g, base64],
  [/(?:[0-9a-fA-F]{2}){4,}/g, (run) => [Buffer.from(run, "hex").toString()]],
  [/[^\s"&=?]+/g, percent],
];

/** The redaction for an operation. @param properties the requested ones, and any earlier ones */
export function redaction(...properties: object[]): Redaction {
  let hide: Redaction | undefined;
  // Built on first use, since most operations say little and never fail.
  return (text) => {
    hide ??= redactionOf(properties as Record<string, unknown>[]);
    return hide(text);
  };
}

export function redactedLog({ status, info, warn }: Log, hide: Redaction): Log {
  return {
    status: (message) => status(hide(message)),
    info: (message) => info(hide(message)),
    warn: (message) => warn(hide(message)),
  };
}

/**
 * Removes secrets from an error, from its causes, and from the parts that a new message may be built from.
 */
export function redactedError(error: unknown, hide: Redaction): unknown {
  if (!(error instanceof Error)) return typeof error === "string" ? hide(error) : error;
  if (error instanceof MultipassError) {
    const { summary, details, remedy } = error;
    Object.assign(error, {
      summary: hide(summary),
      details: details && hide(details),
      remedy: remedy && hide(remedy),
    });
  }
  if (error.cause instanceof Error) redactedError(error.cause, hide);
  error.message = hide(error.message);
  error.stack = hide(error.stack ?? "");
  return error;
}

/** The failure, in words that show no secret. */
export function sayable(failure: CheckFailure, olds: object, news: object): Problem {
  const argument = /^[^.[]*/.exec(failure.property)?.[0] ?? "";
  const isSecret = [olds, news].some(
    ({ secrets }: { secrets?: unknown }) => Array.isArray(secrets) && secrets.includes(argument),
  );
  const { property, reason }: Problem = (isSecret && failure.ifSecret) || failure;
  // A value can hold a secret that nobody has marked, such as a URL with a password.
  const hide = redaction({ [argument]: (news as Record<string, unknown>)[argument] });
  return { property: hide(property), reason: hide(reason) };
}

export function sentence({ property, reason }: Problem): string {
  return `${property} ${reason}`.trim();
}

function redactionOf(properties: readonly Record<string, unknown>[]): Redaction {
  const open = new Set(properties.flatMap(({ name, instance }) => [name, instance]));
  const isSecret = (text: string, shortest: number) =>
    text.length >= shortest && !ORDINARY.has(text.toLowerCase()) && !open.has(text);
  const forms = new Map<string, string>();
  const words = new Map<string, string>();
  for (const { value, label, inWords } of properties.flatMap(secretsOf)) {
    for (const part of [value, ...[value, ...value.split("\n")].map((one) => one.trim())]) {
      if (!isSecret(part.trim(), SHORTEST)) continue;
      for (const form of formsOf(part)) if (!forms.has(form)) forms.set(form, label);
    }
    if (!inWords) continue;
    for (const [word] of value.matchAll(WORDS)) {
      if (isSecret(word, SHORTEST_WORD) && !words.has(word)) words.set(word, label);
    }
  }
  return forms.size === 0 ? (text) => text : (text) => without(text, forms, words);
}

/** A value as it is, and as quoted in JSON, Python, JSON within JSON, YAML or a shell. */
function formsOf(value: string): Set<string> {
  const json = inJson(value);
  return new Set([
    value,
    json,
    inJson(json),
    inAscii(json),
    json.replaceAll('\\"', '"'),
    value.replaceAll("'", "''"),
    quote(value).slice(1, -1),
  ]);
}

const inJson = (text: string) => JSON.stringify(text).slice(1, -1);

const inAscii = (text: string) =>
  text.replace(/[^ -~]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);

interface Span {
  start: number;
  end: number;
  label: string;
}

function without(
  text: string,
  forms: ReadonlyMap<string, string>,
  words: ReadonlyMap<string, string>,
): string {
  const spans: Span[] = [];
  const add = (start: number, length: number, label: string | undefined) => {
    if (label !== undefined) spans.push({ start, end: start + length, label });
  };
  for (const [form, label] of forms) {
    for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + 1)) add(at, form.length, label);
  }
  for (const { 0: word, index } of text.matchAll(WORDS)) {
    const bare = word.replace(/[.!]+$/, "");
    add(index, words.has(word) ? word.length : bare.length, words.get(word) ?? words.get(bare));
  }
  for (const [run, decode] of ENCODINGS) {
    for (const { 0: encoded, index } of text.matchAll(run)) {
      add(index, encoded.length, labelWithin(decode(encoded), forms));
    }
  }
  return replaced(text, spans);
}

function labelWithin(texts: readonly string[], forms: ReadonlyMap<string, string>): string | undefined {
  for (const [form, label] of forms) if (texts.some((text) => text.includes(form))) return label;
  return undefined;
}

/** Merges overlapping spans under the label of the longest, so that none leaves part of another visible. */
function replaced(text: string, spans: readonly Span[]): string {
  const merged: (Span & { longest: number })[] = [];
  for (const span of [...spans].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const length = span.end - span.start;
    const last = merged.at(-1);
    if (!last || span.start >= last.end) {
      merged.push({ ...span, longest: length });
      continue;
    }
    last.end = Math.max(last.end, span.end);
    if (length > last.longest) Object.assign(last, { longest: length, label: span.label });
  }
  let said = "";
  let at = 0;
  for (const { start, end, label } of merged) {
    said += `${text.slice(at, start)}[${label}]`;
    at = end;
  }
  return said + text.slice(at);
}

/** Decodes from four offsets: the run may have been cut out of a longer one. */
function base64(run: string): string[] {
  const signs = run.replace(/\s/g, "");
  return [0, 1, 2, 3].map((from) => Buffer.from(signs.slice(from), "base64").toString());
}

function percent(run: string): string[] {
  // Checked here because a search within the pattern would restart at every character of the run.
  if (!/%[0-9a-fA-F]{2}/.test(run)) return [];
  try {
    return [decodeURIComponent(run)];
  } catch {
    return [];
  }
}
