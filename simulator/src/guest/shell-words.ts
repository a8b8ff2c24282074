import { ShellSyntaxError, type Word, type WordPart } from "./shell-syntax.ts";

/** Reads words of a script: text, quotes and expansions. */
export abstract class WordReader {
  protected readonly text: string;
  protected at = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** The end of the commands that begin at `start`, which may contain parentheses of their own. */
  protected abstract commandsEnd(start: number): number;

  protected peek(length = 1): string {
    return this.text.slice(this.at, this.at + length);
  }

  /** Reads a word of a command, up to the first character that cannot belong to it. */
  protected word(): Word {
    const parts: Word = [];
    const text = (value: string, quoted: boolean) => {
      const last = parts.at(-1);
      if (last?.kind === "text" && last.quoted === quoted) last.text += value;
      else parts.push({ kind: "text", text: value, quoted });
    };
    while (this.at < this.text.length) {
      const next = this.peek();
      if (/[\s;&|()<>]/.test(next)) break;
      if (next === "'") {
        const end = this.text.indexOf("'", this.at + 1);
        if (end < 0) throw new ShellSyntaxError("unexpected EOF while looking for matching `''");
        text(this.text.slice(this.at + 1, end), true);
        this.at = end + 1;
      } else if (next === '"') {
        this.at += 1;
        const quoted = this.quotedText((character) => character === '"');
        if (this.peek() !== '"') throw new ShellSyntaxError("unexpected EOF while looking for matching `\"'");
        this.at += 1;
        parts.push(...(quoted.length > 0 ? quoted : [{ kind: "text", text: "", quoted: true } as const]));
      } else if (next === "\\") {
        if (this.peek(2) !== "\\\n") text(this.text[this.at + 1] ?? "", true);
        this.at += 2;
      } else if (next === "$" || next === "`") {
        const part = this.#expansion(false);
        if (part) parts.push(part);
        else {
          text("$", false);
          this.at += 1;
        }
      } else {
        text(next, false);
        this.at += 1;
      }
    }
    return parts;
  }

  /** Reads text in which only expansions and backslashes are special. */
  quotedText(isEnd: (character: string) => boolean): Word {
    const parts: Word = [];
    let literal = "";
    const flush = () => {
      if (literal !== "") parts.push({ kind: "text", text: literal, quoted: true });
      literal = "";
    };
    while (this.at < this.text.length && !isEnd(this.peek())) {
      const next = this.peek();
      if (next === "\\" && /[$`"\\\n]/.test(this.text[this.at + 1] ?? "")) {
        if (this.text[this.at + 1] !== "\n") literal += this.text[this.at + 1];
        this.at += 2;
        continue;
      }
      const part = next === "$" || next === "`" ? this.#expansion(true) : undefined;
      if (part) {
        flush();
        parts.push(part);
      } else {
        literal += next;
        this.at += 1;
      }
    }
    flush();
    return parts;
  }

  /** Reads an expansion that begins with `$` or a backtick; undefined if the character stands for itself. */
  #expansion(quoted: boolean): WordPart | undefined {
    const rest = this.text.slice(this.at);
    if (rest.startsWith("`")) {
      const end = this.text.indexOf("`", this.at + 1);
      if (end < 0) throw new ShellSyntaxError("unexpected EOF while looking for matching ``'");
      const script = this.text.slice(this.at + 1, end);
      this.at = end + 1;
      return { kind: "command", script, quoted };
    }
    if (rest.startsWith("$((")) {
      const end = this.text.indexOf("))", this.at);
      if (end < 0) throw new ShellSyntaxError("unexpected EOF while looking for matching `)'");
      const text = this.text.slice(this.at + 3, end);
      this.at = end + 2;
      return { kind: "arithmetic", text, quoted };
    }
    if (rest.startsWith("$(")) {
      const start = this.at + 2;
      const end = this.commandsEnd(start);
      if (this.text[end] !== ")") throw new ShellSyntaxError("unexpected EOF while looking for matching `)'");
      this.at = end + 1;
      return { kind: "command", script: this.text.slice(start, end), quoted };
    }
    const braces = /^\$\{(#?[A-Za-z_]\w*|[?$#@*\d!])/.exec(rest);
    if (braces) {
      this.at += braces[0].length;
      const name = braces[1] as string;
      if (this.peek() === "}") {
        this.at += 1;
        return { kind: "variable", name, quoted };
      }
      const [operator = ""] = /^(:[-+=?]|[-+=?]|##?|%%?)/.exec(this.text.slice(this.at)) ?? [];
      if (operator === "") throw new ShellSyntaxError("bad substitution");
      this.at += operator.length;
      const operand = this.quotedText((character) => character === "}");
      this.at += 1;
      return { kind: "variable", name, operator, operand, quoted };
    }
    const simple = /^\$([A-Za-z_]\w*|[?$#@*\d!])/.exec(rest);
    if (!simple) return undefined;
    this.at += simple[0].length;
    return { kind: "variable", name: simple[1] as string, quoted };
  }
}
