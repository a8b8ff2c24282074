/** The syntax tree of the shell subset that simulated guests understand. */

export type WordPart =
  | { kind: "text"; text: string; quoted: boolean }
  | { kind: "variable"; name: string; operator?: string; operand?: Word; quoted: boolean }
  | { kind: "command"; script: string; quoted: boolean }
  | { kind: "arithmetic"; text: string; quoted: boolean };
export type Word = WordPart[];

export interface Redirection {
  descriptor: number;
  operator: ">" | ">>" | "<" | ">&" | "<<" | "<<<";
  target: Word;
}

export type ShellNode =
  | { kind: "list"; items: { node: ShellNode; separator: ";" | "&&" | "||" | "&" }[] }
  | { kind: "pipeline"; stages: ShellNode[]; negated: boolean }
  | {
      kind: "simple";
      assignments: { name: string; value: Word }[];
      words: Word[];
      redirections: Redirection[];
    }
  | { kind: "group"; body: ShellNode; subshell: boolean; redirections: Redirection[] }
  | { kind: "if"; branches: { condition: ShellNode; body: ShellNode }[]; otherwise?: ShellNode }
  | { kind: "loop"; until: boolean; condition: ShellNode; body: ShellNode }
  | { kind: "for"; name: string; words: Word[]; body: ShellNode };

export class ShellSyntaxError extends Error {}

const reserved = new Set(["then", "fi", "else", "elif", "do", "done", "}", ")"]);

/** Parses a script. */
export function parseShell(script: string): ShellNode {
  const parser = new ShellParser(script);
  const node = parser.list();
  parser.expectEnd();
  return node;
}

class ShellParser {
  readonly #text: string;
  #at = 0;
  #hereDocuments: { redirection: Redirection; delimiter: string; expand: boolean }[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  #peek(length = 1): string {
    return this.#text.slice(this.#at, this.#at + length);
  }

  #skipBlanks(): void {
    for (;;) {
      const next = this.#peek();
      if (next === " " || next === "\t") this.#at += 1;
      else if (this.#peek(2) === "\\\n") this.#at += 2;
      else if (next === "#") while (this.#at < this.#text.length && this.#peek() !== "\n") this.#at += 1;
      else return;
    }
  }

  #skipNewlines(): void {
    for (;;) {
      this.#skipBlanks();
      if (this.#peek() !== "\n") return;
      this.#newline();
    }
  }

  /** A newline is where here-documents begin. */
  #newline(): void {
    this.#at += 1;
    for (const { redirection, delimiter, expand } of this.#hereDocuments.splice(0)) {
      const lines: string[] = [];
      while (this.#at < this.#text.length) {
        const end = this.#text.indexOf("\n", this.#at);
        const line = this.#text.slice(this.#at, end < 0 ? undefined : end);
        this.#at = end < 0 ? this.#text.length : end + 1;
        if (line === delimiter) break;
        lines.push(`${line}\n`);
      }
      const body = lines.join("");
      redirection.target = expand
        ? new ShellParser(body).quotedText(() => false)
        : [{ kind: "text", text: body, quoted: true }];
    }
  }

  /** The reserved word at this place, without taking it. */
  #reserved(): string | undefined {
    this.#skipBlanks();
    const [word] = /^(\w+|[}{()!])(?=[\s;&|()]|$)/.exec(this.#text.slice(this.#at)) ?? [];
    if (word !== undefined) return word;
    return this.#peek() === ")" || this.#peek() === "(" ? this.#peek() : undefined;
  }

  #expect(word: string): void {
    this.#skipNewlines();
    if (this.#reserved() !== word) throw this.#error();
    this.#at += word.length;
  }

  #error(): ShellSyntaxError {
    const token = /^\S+/.exec(this.#text.slice(this.#at))?.[0];
    return new ShellSyntaxError(
      token === undefined
        ? "syntax error: unexpected end of file"
        : `syntax error near unexpected token \`${token}'`,
    );
  }

  expectEnd(): void {
    this.#skipNewlines();
    if (this.#at < this.#text.length) throw this.#error();
  }

  list(): ShellNode {
    const items: Extract<ShellNode, { kind: "list" }>["items"] = [];
    for (;;) {
      this.#skipNewlines();
      const word = this.#reserved();
      if (this.#at >= this.#text.length || (word !== undefined && reserved.has(word))) break;
      const node = this.#pipeline();
      this.#skipBlanks();
      const two = this.#peek(2);
      let separator: ";" | "&&" | "||" | "&" = ";";
      if (two === "&&" || two === "||") {
        separator = two;
        this.#at += 2;
      } else if (this.#peek() === ";") this.#at += 1;
      else if (this.#peek() === "&") {
        separator = "&";
        this.#at += 1;
      } else if (this.#peek() === "\n") this.#newline();
      else {
        items.push({ node, separator });
        break;
      }
      items.push({ node, separator });
    }
    return { kind: "list", items };
  }

  #pipeline(): ShellNode {
    let negated = false;
    if (this.#reserved() === "!") {
      negated = true;
      this.#at += 1;
    }
    const stages = [this.#command()];
    for (;;) {
      this.#skipBlanks();
      if (this.#peek() !== "|" || this.#peek(2) === "||") break;
      this.#at += 1;
      this.#skipNewlines();
      stages.push(this.#command());
    }
    return { kind: "pipeline", stages, negated };
  }

  #command(): ShellNode {
    switch (this.#reserved()) {
      case "if": {
        const branches: { condition: ShellNode; body: ShellNode }[] = [];
        let otherwise: ShellNode | undefined;
        this.#expect("if");
        for (;;) {
          const condition = this.list();
          this.#expect("then");
          branches.push({ condition, body: this.list() });
          this.#skipNewlines();
          if (this.#reserved() === "elif") {
            this.#expect("elif");
            continue;
          }
          if (this.#reserved() === "else") {
            this.#expect("else");
            otherwise = this.list();
          }
          this.#expect("fi");
          return { kind: "if", branches, ...(otherwise ? { otherwise } : {}) };
        }
      }
      case "while":
      case "until": {
        const until = this.#reserved() === "until";
        this.#expect(until ? "until" : "while");
        const condition = this.list();
        this.#expect("do");
        const body = this.list();
        this.#expect("done");
        return { kind: "loop", until, condition, body };
      }
      case "for": {
        this.#expect("for");
        this.#skipBlanks();
        const [name = ""] = /^\w+/.exec(this.#text.slice(this.#at)) ?? [];
        this.#at += name.length;
        const words: Word[] = [];
        if (this.#reserved() === "in") {
          this.#expect("in");
          for (;;) {
            this.#skipBlanks();
            if (/^[;\n]?$/.test(this.#peek())) break;
            words.push(this.#word());
          }
        }
        this.#skipBlanks();
        if (this.#peek() === ";") this.#at += 1;
        this.#expect("do");
        const body = this.list();
        this.#expect("done");
        return { kind: "for", name, words, body };
      }
      case "{":
      case "(": {
        const subshell = this.#peek() === "(";
        this.#at += 1;
        const body = this.list();
        this.#expect(subshell ? ")" : "}");
        const redirections: Redirection[] = [];
        for (let next = this.#redirection(); next; next = this.#redirection()) redirections.push(next);
        return { kind: "group", body, subshell, redirections };
      }
      default:
        return this.#simple();
    }
  }

  #simple(): ShellNode {
    const assignments: { name: string; value: Word }[] = [];
    const words: Word[] = [];
    const redirections: Redirection[] = [];
    for (;;) {
      const redirection = this.#redirection();
      if (redirection) {
        redirections.push(redirection);
        continue;
      }
      if (this.#at >= this.#text.length || /[\n;&|()]/.test(this.#peek())) break;
      const assignment = words.length === 0 ? /^([A-Za-z_]\w*)=/.exec(this.#text.slice(this.#at)) : null;
      if (assignment) {
        this.#at += assignment[0].length;
        assignments.push({ name: assignment[1] as string, value: this.#word() });
      } else {
        words.push(this.#word());
      }
    }
    if (words.length + assignments.length + redirections.length === 0) throw this.#error();
    return { kind: "simple", assignments, words, redirections };
  }

  #redirection(): Redirection | undefined {
    this.#skipBlanks();
    const match = /^(\d*)(<<<|<<-?|>>|>&|<&|&>|>|<)/.exec(this.#text.slice(this.#at));
    if (!match) return undefined;
    const [whole, digits, operator] = match as unknown as [string, string, string];
    this.#at += whole.length;
    this.#skipBlanks();
    const output = operator.startsWith(">") || operator === "&>";
    const descriptor = operator === "&>" ? 12 : digits === "" ? (output ? 1 : 0) : Number(digits);
    if (operator.startsWith("<<") && operator !== "<<<") {
      const start = this.#at;
      const word = this.#word();
      const raw = this.#text.slice(start, this.#at);
      const redirection: Redirection = { descriptor, operator: "<<", target: [] };
      const delimiter = word.map((part) => (part.kind === "text" ? part.text : "")).join("");
      this.#hereDocuments.push({ redirection, delimiter, expand: !/["'\\]/.test(raw) });
      return redirection;
    }
    const plain = operator === "&>" ? ">" : operator === "<&" ? ">&" : operator;
    return { descriptor, operator: plain as Redirection["operator"], target: this.#word() };
  }

  #word(): Word {
    const parts: Word = [];
    const text = (value: string, quoted: boolean) => {
      const last = parts.at(-1);
      if (last?.kind === "text" && last.quoted === quoted) last.text += value;
      else parts.push({ kind: "text", text: value, quoted });
    };
    while (this.#at < this.#text.length) {
      const next = this.#peek();
      if (/[\s;&|()<>]/.test(next)) break;
      if (next === "'") {
        const end = this.#text.indexOf("'", this.#at + 1);
        if (end < 0) throw new ShellSyntaxError("unexpected EOF while looking for matching `''");
        text(this.#text.slice(this.#at + 1, end), true);
        this.#at = end + 1;
      } else if (next === '"') {
        this.#at += 1;
        const quoted = this.quotedText((character) => character === '"');
        if (this.#peek() !== '"')
          throw new ShellSyntaxError("unexpected EOF while looking for matching `\"'");
        this.#at += 1;
        parts.push(...(quoted.length > 0 ? quoted : [{ kind: "text", text: "", quoted: true } as const]));
      } else if (next === "\\") {
        if (this.#peek(2) !== "\\\n") text(this.#text[this.#at + 1] ?? "", true);
        this.#at += 2;
      } else if (next === "$" || next === "`") {
        const part = this.#expansion(false);
        if (part) parts.push(part);
        else {
          text("$", false);
          this.#at += 1;
        }
      } else {
        text(next, false);
        this.#at += 1;
      }
    }
    return parts;
  }

  /** Text in which only expansions and backslashes mean something. */
  quotedText(isEnd: (character: string) => boolean): Word {
    const parts: Word = [];
    let literal = "";
    const flush = () => {
      if (literal !== "") parts.push({ kind: "text", text: literal, quoted: true });
      literal = "";
    };
    while (this.#at < this.#text.length && !isEnd(this.#peek())) {
      const next = this.#peek();
      if (next === "\\" && /[$`"\\\n]/.test(this.#text[this.#at + 1] ?? "")) {
        if (this.#text[this.#at + 1] !== "\n") literal += this.#text[this.#at + 1];
        this.#at += 2;
        continue;
      }
      const part = next === "$" || next === "`" ? this.#expansion(true) : undefined;
      if (part) {
        flush();
        parts.push(part);
      } else {
        literal += next;
        this.#at += 1;
      }
    }
    flush();
    return parts;
  }

  #expansion(quoted: boolean): WordPart | undefined {
    const rest = this.#text.slice(this.#at);
    if (rest.startsWith("`")) {
      const end = this.#text.indexOf("`", this.#at + 1);
      if (end < 0) throw new ShellSyntaxError("unexpected EOF while looking for matching ``'");
      const script = this.#text.slice(this.#at + 1, end);
      this.#at = end + 1;
      return { kind: "command", script, quoted };
    }
    if (rest.startsWith("$((")) {
      const end = this.#text.indexOf("))", this.#at);
      if (end < 0) throw new ShellSyntaxError("unexpected EOF while looking for matching `)'");
      const text = this.#text.slice(this.#at + 3, end);
      this.#at = end + 2;
      return { kind: "arithmetic", text, quoted };
    }
    if (rest.startsWith("$(")) {
      const start = this.#at + 2;
      const inner = new ShellParser(this.#text.slice(start));
      inner.list();
      inner.#skipNewlines();
      if (inner.#peek() !== ")") throw new ShellSyntaxError("unexpected EOF while looking for matching `)'");
      this.#at = start + inner.#at + 1;
      return { kind: "command", script: this.#text.slice(start, this.#at - 1), quoted };
    }
    const braces = /^\$\{(#?[A-Za-z_]\w*|[?$#@*\d!])/.exec(rest);
    if (braces) {
      this.#at += braces[0].length;
      const name = braces[1] as string;
      if (this.#peek() === "}") {
        this.#at += 1;
        return { kind: "variable", name, quoted };
      }
      const [operator = ""] = /^(:[-+=?]|[-+=?]|##?|%%?)/.exec(this.#text.slice(this.#at)) ?? [];
      if (operator === "") throw new ShellSyntaxError("bad substitution");
      this.#at += operator.length;
      const operand = this.quotedText((character) => character === "}");
      this.#at += 1;
      return { kind: "variable", name, operator, operand, quoted };
    }
    const simple = /^\$([A-Za-z_]\w*|[?$#@*\d!])/.exec(rest);
    if (!simple) return undefined;
    this.#at += simple[0].length;
    return { kind: "variable", name: simple[1] as string, quoted };
  }
}
