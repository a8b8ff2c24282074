import { posix } from "node:path";
import { matchesGlob } from "../glob.ts";
import { evaluateArithmetic } from "./arithmetic.ts";
import { derive, type Process, type Streams } from "./process.ts";
import type { Word } from "./shell-syntax.ts";

/** Thrown by `exit` to leave the whole script. */
export class ShellExit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

/** The state of a running shell. */
export interface ShellState {
  readonly name: string;
  readonly args: readonly string[];
  readonly pid: number;
  /** `$?`. */
  status: number;
  /** `set -u`. */
  nounset: boolean;
  /** `set -e`. */
  errexit: boolean;
}

/** Expands the words of a script into the strings that a command receives. */
export class WordExpander {
  readonly #state: ShellState;
  /** Runs the script of a command substitution; resolves to its exit code. */
  readonly #run: (script: string, process: Process) => Promise<number>;

  constructor(state: ShellState, run: (script: string, process: Process) => Promise<number>) {
    this.#state = state;
    this.#run = run;
  }

  async expandAll(words: Word[], process: Process): Promise<string[]> {
    const result: string[] = [];
    for (const word of words) result.push(...(await this.#expand(word, process)));
    return result;
  }

  async expandOne(word: Word, process: Process): Promise<string> {
    let text = "";
    for (const part of word) text += part.kind === "text" ? part.text : await this.#value(part, process);
    return tilde(word, text, process);
  }

  /** Expands a word, splits its unquoted parts, and replaces patterns by file names. */
  async #expand(word: Word, process: Process): Promise<string[]> {
    const [only] = word;
    if (word.length === 1 && only?.kind === "variable" && only.name === "@") return [...this.#state.args];
    const fields: string[] = [];
    let current: string | undefined;
    let pattern = false;
    for (const part of word) {
      const text = part.kind === "text" ? part.text : await this.#value(part, process);
      if (part.quoted || part.kind === "text") {
        current = (current ?? "") + text;
        pattern ||= !part.quoted && /[*?]/.test(text);
        continue;
      }
      const pieces = text.split(/[ \t\n]+/);
      for (const [index, piece] of pieces.entries()) {
        if (index > 0 && current !== undefined) {
          fields.push(current);
          current = undefined;
        }
        if (piece !== "") current = (current ?? "") + piece;
      }
    }
    if (current !== undefined) fields.push(current);
    const [first] = fields;
    if (pattern && fields.length === 1 && first !== undefined) {
      const matches = this.#glob(first, process);
      if (matches.length > 0) return matches;
    }
    if (first !== undefined) fields[0] = tilde(word, first, process);
    return fields;
  }

  #glob(pattern: string, process: Process): string[] {
    const directory = pattern.includes("/") ? posix.dirname(pattern) : ".";
    const base = posix.basename(pattern);
    try {
      return process.machine.files
        .list(posix.resolve(process.cwd, directory), process.user)
        .filter((name) => matchesGlob(base, name) && (base.startsWith(".") || !name.startsWith(".")))
        .map((name) => (pattern.includes("/") ? posix.join(directory, name) : name));
    } catch {
      return [];
    }
  }

  async #value(part: Exclude<Word[number], { kind: "text" }>, process: Process): Promise<string> {
    if (part.kind === "arithmetic") {
      const result = evaluateArithmetic(part.text, process.env);
      if (result === undefined) throw new ShellExit(1);
      return String(result);
    }
    if (part.kind === "command") {
      const collected: Buffer[] = [];
      const { read, err } = process.io;
      const io: Streams = { read, err, out: (data) => collected.push(Buffer.from(data as string)) };
      this.#state.status = await this.#run(part.script, derive(process, { io, env: new Map(process.env) }));
      // A line that was read in there is not there for the next reader.
      process.io.read = io.read;
      return Buffer.concat(collected).toString("utf8").replace(/\n+$/, "");
    }
    const value = this.#variable(part.name, process);
    const { operator, operand } = part;
    if (operator === undefined) {
      if (value === undefined && this.#state.nounset && /^\w+$/.test(part.name)) {
        process.io.err(`${this.#state.name}: line 1: ${part.name}: unbound variable\n`);
        throw new ShellExit(1);
      }
      return value ?? "";
    }
    const other = async () => this.expandOne(operand ?? [], process);
    const empty = operator.startsWith(":") ? !value : value === undefined;
    switch (operator.replace(":", "")) {
      case "-":
        return empty ? other() : (value ?? "");
      case "+":
        return empty ? "" : other();
      case "=": {
        if (empty) process.env.set(part.name, await other());
        return process.env.get(part.name) ?? "";
      }
      case "?":
        if (!empty) return value ?? "";
        process.io.err(
          `${this.#state.name}: line 1: ${part.name}: ${(await other()) || "parameter null or not set"}\n`,
        );
        throw new ShellExit(1);
      default:
        return trimPattern(value ?? "", operator, await other());
    }
  }

  #variable(name: string, process: Process): string | undefined {
    if (name === "?") return String(this.#state.status);
    if (name === "$" || name === "!") return String(this.#state.pid);
    if (name === "#") return String(this.#state.args.length);
    if (name === "@" || name === "*") return this.#state.args.join(" ");
    if (name === "0") return this.#state.name;
    if (/^\d$/.test(name)) return this.#state.args[Number(name) - 1];
    if (name.startsWith("#")) return String(this.#variable(name.slice(1), process)?.length ?? 0);
    if (name === "PWD") return process.cwd;
    return process.env.get(name);
  }
}

function trimPattern(value: string, operator: string, pattern: string): string {
  const lengths = [...Array(value.length + 1).keys()];
  const front = operator.startsWith("#");
  if (operator.length === 2) lengths.reverse();
  for (const length of lengths) {
    const part = front ? value.slice(0, length) : value.slice(value.length - length);
    if (matchesGlob(pattern, part))
      return front ? value.slice(length) : value.slice(0, value.length - length);
  }
  return value;
}

function tilde(word: Word, text: string, process: Process): string {
  const [first] = word;
  const plain = first?.kind === "text" && !first.quoted && /^~(\/|$)/.test(first.text);
  return plain ? `${process.env.get("HOME") ?? process.user.home}${text.slice(1)}` : text;
}
