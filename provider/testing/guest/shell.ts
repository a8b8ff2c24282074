import { posix } from "node:path";
import { matchesGlob } from "../glob.ts";
import { GuestFileError, root } from "./file-system.ts";
import { derive, KilledBySignal, type Process, type Streams } from "./process.ts";
import { programs } from "./programs.ts";
import { parseShell, type Redirection, type ShellNode, ShellSyntaxError, type Word } from "./shell-syntax.ts";

/** `exit`, which leaves the whole script. */
class ShellExit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

class LoopControl extends Error {
  readonly kind: "break" | "continue";

  constructor(kind: "break" | "continue") {
    super(kind);
    this.kind = kind;
  }
}

/** Runs a script in a simulated guest; nothing ever runs on the host. The answer is the exit code. */
export async function runScript(
  script: string,
  process: Process,
  args: string[] = [],
  shellName = "bash",
  options: { errexit?: boolean } = {},
): Promise<number> {
  let node: ShellNode;
  try {
    node = parseShell(script);
  } catch (error) {
    if (!(error instanceof ShellSyntaxError)) throw error;
    process.io.err(`${shellName}: line 1: ${error.message}\n`);
    return 2;
  }
  const shell = new Shell(process, args, shellName, options.errexit ?? false);
  try {
    return await shell.run(node);
  } catch (error) {
    if (error instanceof ShellExit) return error.code;
    throw error;
  }
}

/** Runs one command given as its words, as SSH hands it to the login shell. */
export function runWords(words: string[], process: Process): Promise<number> {
  return new Shell(process, [], "bash", false).execute(words, process);
}

class Shell {
  readonly #process: Process;
  readonly #args: string[];
  readonly #name: string;
  readonly #pid: number;
  #status = 0;
  #errexit: boolean;
  #nounset = false;
  #inCondition = 0;

  constructor(process: Process, args: string[], name: string, errexit: boolean) {
    this.#process = process;
    this.#args = args;
    this.#name = name;
    this.#errexit = errexit;
    this.#pid = 1000 + Math.floor(process.machine.uptime() % 30_000);
  }

  run(node: ShellNode): Promise<number> {
    return this.#node(node, this.#process);
  }

  async #node(node: ShellNode, process: Process): Promise<number> {
    switch (node.kind) {
      case "list":
        return this.#list(node, process);
      case "pipeline":
        return this.#pipeline(node, process);
      case "simple":
        return this.#simple(node, process);
      case "group": {
        const io = await this.#redirect(node.redirections, process);
        if (!io) return 1;
        const env = node.subshell ? new Map(process.env) : process.env;
        const inner = derive(process, { io: io.streams, env });
        try {
          const status = await this.#node(node.body, inner);
          if (!node.subshell) process.cwd = inner.cwd;
          return status;
        } catch (error) {
          if (node.subshell && error instanceof ShellExit) return error.code;
          throw error;
        }
      }
      case "if":
        for (const { condition, body } of node.branches) {
          if ((await this.#condition(condition, process)) === 0) return this.#node(body, process);
        }
        return node.otherwise ? this.#node(node.otherwise, process) : 0;
      case "loop":
        return this.#loop(node, process);
      case "for": {
        let status = 0;
        for (const value of await this.#expandAll(node.words, process)) {
          process.env.set(node.name, value);
          const outcome = await this.#body(node.body, process);
          if (outcome === "break") break;
          status = outcome;
        }
        return status;
      }
    }
  }

  async #loop(node: Extract<ShellNode, { kind: "loop" }>, process: Process): Promise<number> {
    let status = 0;
    for (let round = 0; ; round += 1) {
      const met = (await this.#condition(node.condition, process)) === 0;
      if (met === node.until) return status;
      const outcome = await this.#body(node.body, process);
      if (outcome === "break") return 0;
      status = outcome;
      // A loop without a sleep must not keep the simulator from everything else.
      if (round % 100 === 99) await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  async #body(node: ShellNode, process: Process): Promise<number | "break"> {
    try {
      return await this.#node(node, process);
    } catch (error) {
      if (!(error instanceof LoopControl)) throw error;
      return error.kind === "break" ? "break" : 0;
    }
  }

  async #condition(node: ShellNode, process: Process): Promise<number> {
    this.#inCondition += 1;
    try {
      return await this.#node(node, process);
    } finally {
      this.#inCondition -= 1;
    }
  }

  async #list(node: Extract<ShellNode, { kind: "list" }>, process: Process): Promise<number> {
    let status = 0;
    let skip = false;
    for (const { node: item, separator } of node.items) {
      const guarded = separator === "&&" || separator === "||";
      if (!skip) {
        if (separator === "&") {
          this.#node(item, derive(process, { env: new Map(process.env) })).catch(() => undefined);
          status = 0;
        } else {
          if (guarded) this.#inCondition += 1;
          try {
            status = await this.#node(item, process);
          } finally {
            if (guarded) this.#inCondition -= 1;
          }
        }
        this.#status = status;
        const negated = item.kind === "pipeline" && item.negated;
        if (status !== 0 && this.#errexit && this.#inCondition === 0 && !guarded && !negated)
          throw new ShellExit(status);
      }
      if (separator === "&&") skip = skip || status !== 0 ? status !== 0 : false;
      else if (separator === "||") skip = status === 0;
      else skip = false;
    }
    return status;
  }

  async #pipeline(node: Extract<ShellNode, { kind: "pipeline" }>, process: Process): Promise<number> {
    let status = 0;
    let input = process.io.read;
    for (const [index, stage] of node.stages.entries()) {
      const last = index === node.stages.length - 1;
      if (last && index === 0) {
        status = await this.#node(stage, process);
        break;
      }
      const collected: Buffer[] = [];
      const io: Streams = {
        read: input,
        out: last ? process.io.out : (data) => collected.push(Buffer.from(data as string)),
        err: process.io.err,
      };
      try {
        status = await this.#node(stage, derive(process, { env: new Map(process.env), io }));
      } catch (error) {
        if (!(error instanceof ShellExit)) throw error;
        status = error.code;
      }
      input = async () => Buffer.concat(collected);
    }
    return node.negated ? Number(status === 0) : status;
  }

  async #simple(node: Extract<ShellNode, { kind: "simple" }>, process: Process): Promise<number> {
    const words = await this.#expandAll(node.words, process);
    const assigned: [string, string][] = [];
    let substituted = 0;
    for (const { name, value } of node.assignments) {
      this.#status = 0;
      assigned.push([name, await this.#expandOne(value, process)]);
      substituted = this.#status;
    }
    const io = await this.#redirect(node.redirections, process);
    if (!io) return 1;
    if (words.length === 0) {
      for (const [name, value] of assigned) process.env.set(name, value);
      return substituted;
    }
    const env = assigned.length > 0 ? new Map([...process.env, ...assigned]) : process.env;
    const inner = derive(process, { io: io.streams, env });
    return (await this.#builtin(words, inner, process)) ?? this.execute(words, inner);
  }

  /** What changes the shell itself. */
  async #builtin(words: string[], process: Process, outer: Process): Promise<number | undefined> {
    const [name, ...args] = words;
    switch (name) {
      case ":":
        return 0;
      case "exit":
      case "return":
        throw new ShellExit(args[0] === undefined ? this.#status : Number(args[0]) & 255);
      case "break":
      case "continue":
        throw new LoopControl(name);
      case "cd": {
        const target = posix.resolve(process.cwd, args[0] ?? process.env.get("HOME") ?? "/");
        const node = process.machine.files.stat(target);
        if (node?.type !== "directory") {
          const cause = node ? "Not a directory" : "No such file or directory";
          process.io.err(`${this.#name}: line 1: cd: ${args[0]}: ${cause}\n`);
          return 1;
        }
        outer.cwd = target;
        return 0;
      }
      case "set":
        for (const option of args) {
          const on = option.startsWith("-");
          if (/e/.test(option) || option === "errexit") this.#errexit = on;
          if (/^[-+][a-z]*u/.test(option)) this.#nounset = on;
        }
        return 0;
      case "export":
      case "local":
      case "readonly":
        for (const definition of args) {
          const [, key, value] = /^(\w+)=(.*)$/s.exec(definition) ?? [];
          if (key !== undefined) outer.env.set(key, value ?? "");
        }
        return 0;
      case "unset":
        for (const key of args) outer.env.delete(key);
        return 0;
      case "read": {
        const input = await process.io.read();
        const end = input.indexOf("\n");
        const line = input.subarray(0, end < 0 ? input.length : end).toString("utf8");
        // What follows the line is left to whoever reads next, unless this command alone was redirected.
        const rest = end < 0 ? Buffer.alloc(0) : input.subarray(end + 1);
        if (process.io.read === outer.io.read) outer.io.read = async () => rest;
        const names = args.filter((argument) => !argument.startsWith("-"));
        const fields = line.trim().split(/\s+/);
        for (const [index, key] of names.entries()) {
          outer.env.set(
            key,
            index === names.length - 1 ? fields.slice(index).join(" ") : (fields[index] ?? ""),
          );
        }
        return line === "" ? 1 : 0;
      }
      case "eval":
        return this.#node(parseShell(args.join(" ")), process);
      case "exec":
        throw new ShellExit(await this.execute(args, process));
      case "wait":
      case "trap":
      case "umask":
      case "ulimit":
        return 0;
      case "kill":
        if (args.at(-1) === String(this.#pid)) throw new KilledBySignal(signalName(args[0] ?? "-TERM"));
        return 0;
      default:
        return undefined;
    }
  }

  /** Runs a program: a scripted answer, a built-in one, or a script in the guest's files. */
  async execute(words: string[], process: Process): Promise<number> {
    const [name = "", ...args] = words;
    if (name === "sudo") return this.#sudo(args, process);
    const scripted = process.machine.scripted(words.join(" "));
    if (scripted) {
      await process.machine.sleep(scripted.seconds * 1000);
      process.io.out(scripted.stdout);
      process.io.err(scripted.stderr);
      return scripted.exitCode;
    }
    if (name === "sh" || name === "bash" || name === "dash") return this.#subshell(name, args, process);
    const base = name.startsWith("/") ? posix.basename(name) : name;
    const { files } = process.machine;
    const path = name.includes("/") ? posix.resolve(process.cwd, name) : `/usr/local/bin/${name}`;
    if (files.stat(path)?.type === "file") return this.#script(name, path, args, process);
    const program = Object.hasOwn(programs, base) ? programs[base] : undefined;
    const standard = !name.includes("/") || /^\/(usr\/)?(local\/)?s?bin\//.test(name);
    if (program && standard) {
      try {
        return await program(args, process, (inner, env) => this.execute(inner, env ?? process));
      } catch (error) {
        if (!(error instanceof GuestFileError)) throw error;
        process.io.err(`${base}: ${error.message}\n`);
        return 1;
      }
    }
    const cause = name.includes("/") ? "No such file or directory" : "command not found";
    process.io.err(`${this.#name}: line 1: ${name}: ${cause}\n`);
    return 127;
  }

  #sudo(args: string[], process: Process): Promise<number> {
    const rest = [...args];
    const env = new Map([...process.env, ["HOME", root.home], ["USER", "root"]]);
    let user = root;
    while (rest[0]?.startsWith("-") || /^\w+=/.test(rest[0] ?? "")) {
      const option = rest.shift() as string;
      if (option === "-u") {
        const name = rest.shift();
        if (name !== "root") user = process.user.name === name ? process.user : { ...root, name: name ?? "" };
      } else if (!option.startsWith("-"))
        env.set(option.split("=")[0] as string, option.slice(option.indexOf("=") + 1));
    }
    if (rest.length === 0) return Promise.resolve(0);
    return this.execute(rest, derive(process, { user, env }));
  }

  async #subshell(name: string, args: string[], process: Process): Promise<number> {
    const rest = [...args];
    let errexit = false;
    let script: string | undefined;
    while (rest[0]?.startsWith("-") && rest[0] !== "--") {
      const option = rest.shift() as string;
      if (option.includes("e") && !option.startsWith("--")) errexit = true;
      if (/^-[a-z]*c$/.test(option)) script = rest.shift() ?? "";
      if (option === "-o") rest.shift();
    }
    if (rest[0] === "--") rest.shift();
    const child = derive(process, { env: new Map(process.env) });
    if (script !== undefined) return runScript(script, child, rest.slice(1), name, { errexit });
    const file = args.includes("-s") ? undefined : rest.shift();
    if (file !== undefined) {
      const text = process.machine.files
        .read(posix.resolve(process.cwd, file), process.user)
        .toString("utf8");
      return runScript(text, child, rest, name, { errexit });
    }
    return runScript((await process.io.read()).toString("utf8"), child, rest, name, { errexit });
  }

  #script(name: string, path: string, args: string[], process: Process): Promise<number> | number {
    const { files } = process.machine;
    if (!files.permits(path, process.user, "x")) {
      process.io.err(`${this.#name}: line 1: ${name}: Permission denied\n`);
      return 126;
    }
    const text = files.read(path, root).toString("utf8");
    const interpreter = /^#!\s*\S*?(?:env\s+)?(\w+)\s*\n/.exec(text)?.[1] ?? "bash";
    if (!["sh", "bash", "dash"].includes(interpreter)) {
      process.io.err(`${this.#name}: line 1: ${name}: cannot execute: required file not found\n`);
      return 127;
    }
    return runScript(text, derive(process, { env: new Map(process.env) }), args, path);
  }

  async #redirect(redirections: Redirection[], process: Process): Promise<{ streams: Streams } | undefined> {
    let { read, out, err } = process.io;
    const { files } = process.machine;
    for (const { descriptor, operator, target } of redirections) {
      const word = await this.#expandOne(target, process);
      if (operator === ">&") {
        if (descriptor === 1 && word === "2") out = err;
        if (descriptor === 2 && word === "1") err = out;
        continue;
      }
      if (operator === "<<" || operator === "<<<") {
        const data = Buffer.from(operator === "<<<" ? `${word}\n` : word);
        read = async () => data;
        continue;
      }
      const path = posix.resolve(process.cwd, word);
      try {
        if (operator === "<") {
          const data = files.read(path, process.user);
          read = async () => data;
          continue;
        }
        files.write(path, Buffer.alloc(0), process.user, operator === ">>");
      } catch (error) {
        if (!(error instanceof GuestFileError)) throw error;
        process.io.err(`${this.#name}: line 1: ${word}: ${error.message}\n`);
        return undefined;
      }
      const { user } = process;
      const append = (data: string | Uint8Array) =>
        files.write(path, Buffer.from(data as string), user, true);
      if (descriptor !== 2) out = append;
      if (descriptor !== 1) err = append;
    }
    return { streams: { read, out, err } };
  }

  async #expandAll(words: Word[], process: Process): Promise<string[]> {
    const result: string[] = [];
    for (const word of words) result.push(...(await this.#expand(word, process)));
    return result;
  }

  async #expandOne(word: Word, process: Process): Promise<string> {
    let text = "";
    for (const part of word) text += part.kind === "text" ? part.text : await this.#value(part, process);
    return tilde(word, text, process);
  }

  /** Expansion with splitting of what is not quoted, and file names for patterns. */
  async #expand(word: Word, process: Process): Promise<string[]> {
    const [only] = word;
    if (word.length === 1 && only?.kind === "variable" && only.name === "@") return [...this.#args];
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
    if (part.kind === "arithmetic") return String(this.#arithmetic(part.text, process));
    if (part.kind === "command") {
      const collected: Buffer[] = [];
      const { read, err } = process.io;
      const io: Streams = { read, err, out: (data) => collected.push(Buffer.from(data as string)) };
      const inner = derive(process, { io, env: new Map(process.env) });
      try {
        this.#status = await this.#node(parseShell(part.script), inner);
      } catch (error) {
        if (!(error instanceof ShellExit)) throw error;
        this.#status = error.code;
      }
      return Buffer.concat(collected).toString("utf8").replace(/\n+$/, "");
    }
    const value = this.#variable(part.name, process);
    const { operator, operand } = part;
    if (operator === undefined) {
      if (value === undefined && this.#nounset && /^\w+$/.test(part.name)) {
        process.io.err(`${this.#name}: line 1: ${part.name}: unbound variable\n`);
        throw new ShellExit(1);
      }
      return value ?? "";
    }
    const other = async () => this.#expandOne(operand ?? [], process);
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
          `${this.#name}: line 1: ${part.name}: ${(await other()) || "parameter null or not set"}\n`,
        );
        throw new ShellExit(1);
      default:
        return trimPattern(value ?? "", operator, await other());
    }
  }

  #variable(name: string, process: Process): string | undefined {
    if (name === "?") return String(this.#status);
    if (name === "$" || name === "!") return String(this.#pid);
    if (name === "#") return String(this.#args.length);
    if (name === "@" || name === "*") return this.#args.join(" ");
    if (name === "0") return this.#name;
    if (/^\d$/.test(name)) return this.#args[Number(name) - 1];
    if (name.startsWith("#")) return String(this.#variable(name.slice(1), process)?.length ?? 0);
    if (name === "PWD") return process.cwd;
    return process.env.get(name);
  }

  /** Integers, the four operations, remainder, parentheses and comparisons. */
  #arithmetic(text: string, process: Process): number {
    const expression = text.replace(/\$?([A-Za-z_]\w*)/g, (_, name: string) => process.env.get(name) || "0");
    if (!/^[\d\s+\-*/%()<>=!&|]*$/.test(expression)) throw new ShellExit(1);
    return new ArithmeticParser(expression).evaluate();
  }
}

class ArithmeticParser {
  readonly #tokens: string[];

  constructor(text: string) {
    this.#tokens = text.match(/\d+|[<>=!]=|&&|\|\||[-+*/%()<>!]/g) ?? ["0"];
  }

  evaluate(level = 0): number {
    const levels = [["||"], ["&&"], ["==", "!="], ["<", "<=", ">", ">="], ["+", "-"], ["*", "/", "%"]];
    const operators = levels[level];
    if (!operators) return this.#primary();
    let left = this.evaluate(level + 1);
    while (operators.includes(this.#tokens[0] ?? "")) {
      const operator = this.#tokens.shift() as string;
      left = calculate(operator, left, this.evaluate(level + 1));
    }
    return left;
  }

  #primary(): number {
    const token = this.#tokens.shift();
    if (token === "(") {
      const value = this.evaluate();
      this.#tokens.shift();
      return value;
    }
    if (token === "-") return -this.#primary();
    if (token === "!") return Number(this.#primary() === 0);
    return Number(token ?? 0);
  }
}

function calculate(operator: string, left: number, right: number): number {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return Math.trunc(left / right);
    case "%":
      return left % right;
    case "<":
      return Number(left < right);
    case "<=":
      return Number(left <= right);
    case ">":
      return Number(left > right);
    case ">=":
      return Number(left >= right);
    case "==":
      return Number(left === right);
    case "!=":
      return Number(left !== right);
    case "&&":
      return Number(left !== 0 && right !== 0);
    default:
      return Number(left !== 0 || right !== 0);
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

function signalName(option: string): string {
  const name = option.replace(/^-(SIG)?/, "");
  return { "9": "KILL", "15": "TERM", "2": "INT", "1": "HUP" }[name] ?? name;
}
