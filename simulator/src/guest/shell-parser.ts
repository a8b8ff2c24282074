import { type Redirection, type ShellNode, ShellSyntaxError, type Word } from "./shell-syntax.ts";
import { WordReader } from "./shell-words.ts";

/** Words that end a list of commands. */
const RESERVED = new Set(["then", "fi", "else", "elif", "do", "done", "}", ")"]);

/** Parses a script. */
export function parseShell(script: string): ShellNode {
  const parser = new ShellParser(script);
  const node = parser.list();
  parser.expectEnd();
  return node;
}

class ShellParser extends WordReader {
  #hereDocuments: { redirection: Redirection; delimiter: string; expand: boolean }[] = [];

  protected override commandsEnd(start: number): number {
    const inner = new ShellParser(this.text.slice(start));
    inner.list();
    inner.#skipNewlines();
    return start + inner.at;
  }

  #skipBlanks(): void {
    for (;;) {
      const next = this.peek();
      if (next === " " || next === "\t") this.at += 1;
      else if (this.peek(2) === "\\\n") this.at += 2;
      else if (next === "#") while (this.at < this.text.length && this.peek() !== "\n") this.at += 1;
      else return;
    }
  }

  #skipNewlines(): void {
    for (;;) {
      this.#skipBlanks();
      if (this.peek() !== "\n") return;
      this.#newline();
    }
  }

  /** Consumes a newline, after which here-documents begin. */
  #newline(): void {
    this.at += 1;
    for (const { redirection, delimiter, expand } of this.#hereDocuments.splice(0)) {
      const lines: string[] = [];
      while (this.at < this.text.length) {
        const end = this.text.indexOf("\n", this.at);
        const line = this.text.slice(this.at, end < 0 ? undefined : end);
        this.at = end < 0 ? this.text.length : end + 1;
        if (line === delimiter) break;
        lines.push(`${line}\n`);
      }
      const body = lines.join("");
      redirection.target = expand
        ? new ShellParser(body).quotedText(() => false)
        : [{ kind: "text", text: body, quoted: true }];
    }
  }

  /** Returns the reserved word at this position without consuming it. */
  #reserved(): string | undefined {
    this.#skipBlanks();
    const [word] = /^(\w+|[}{()!])(?=[\s;&|()]|$)/.exec(this.text.slice(this.at)) ?? [];
    if (word !== undefined) return word;
    return this.peek() === ")" || this.peek() === "(" ? this.peek() : undefined;
  }

  #expect(word: string): void {
    this.#skipNewlines();
    if (this.#reserved() !== word) throw this.#error();
    this.at += word.length;
  }

  #error(): ShellSyntaxError {
    const token = /^\S+/.exec(this.text.slice(this.at))?.[0];
    return new ShellSyntaxError(
      token === undefined
        ? "syntax error: unexpected end of file"
        : `syntax error near unexpected token \`${token}'`,
    );
  }

  expectEnd(): void {
    this.#skipNewlines();
    if (this.at < this.text.length) throw this.#error();
  }

  list(): ShellNode {
    const items: Extract<ShellNode, { kind: "list" }>["items"] = [];
    for (;;) {
      this.#skipNewlines();
      const word = this.#reserved();
      if (this.at >= this.text.length || (word !== undefined && RESERVED.has(word))) break;
      const node = this.#pipeline();
      this.#skipBlanks();
      const two = this.peek(2);
      let separator: ";" | "&&" | "||" | "&" = ";";
      if (two === "&&" || two === "||") {
        separator = two;
        this.at += 2;
      } else if (this.peek() === ";") this.at += 1;
      else if (this.peek() === "&") {
        separator = "&";
        this.at += 1;
      } else if (this.peek() === "\n") this.#newline();
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
      this.at += 1;
    }
    const stages = [this.#command()];
    for (;;) {
      this.#skipBlanks();
      if (this.peek() !== "|" || this.peek(2) === "||") break;
      this.at += 1;
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
        const [name = ""] = /^\w+/.exec(this.text.slice(this.at)) ?? [];
        this.at += name.length;
        const words: Word[] = [];
        if (this.#reserved() === "in") {
          this.#expect("in");
          for (;;) {
            this.#skipBlanks();
            if (/^[;\n]?$/.test(this.peek())) break;
            words.push(this.word());
          }
        }
        this.#skipBlanks();
        if (this.peek() === ";") this.at += 1;
        this.#expect("do");
        const body = this.list();
        this.#expect("done");
        return { kind: "for", name, words, body };
      }
      case "{":
      case "(": {
        const subshell = this.peek() === "(";
        this.at += 1;
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
      if (this.at >= this.text.length || /[\n;&|()]/.test(this.peek())) break;
      const assignment = words.length === 0 ? /^([A-Za-z_]\w*)=/.exec(this.text.slice(this.at)) : null;
      if (assignment) {
        this.at += assignment[0].length;
        assignments.push({ name: assignment[1] as string, value: this.word() });
      } else {
        words.push(this.word());
      }
    }
    if (words.length + assignments.length + redirections.length === 0) throw this.#error();
    return { kind: "simple", assignments, words, redirections };
  }

  #redirection(): Redirection | undefined {
    this.#skipBlanks();
    const match = /^(\d*)(<<<|<<-?|>>|>&|<&|&>|>|<)/.exec(this.text.slice(this.at));
    if (!match) return undefined;
    const [whole, digits, operator] = match as unknown as [string, string, string];
    this.at += whole.length;
    this.#skipBlanks();
    const output = operator.startsWith(">") || operator === "&>";
    const descriptor = operator === "&>" ? 12 : digits === "" ? (output ? 1 : 0) : Number(digits);
    if (operator.startsWith("<<") && operator !== "<<<") {
      const start = this.at;
      const word = this.word();
      const raw = this.text.slice(start, this.at);
      const redirection: Redirection = { descriptor, operator: "<<", target: [] };
      const delimiter = word.map((part) => (part.kind === "text" ? part.text : "")).join("");
      this.#hereDocuments.push({ redirection, delimiter, expand: !/["'\\]/.test(raw) });
      return redirection;
    }
    const plain = operator === "&>" ? ">" : operator === "<&" ? ">&" : operator;
    return { descriptor, operator: plain as Redirection["operator"], target: this.word() };
  }
}
