import { posix } from "node:path";
import { execute } from "./execute.ts";
import { ShellExit, type ShellState, WordExpander } from "./expansion.ts";
import { GuestFileError } from "./file-system.ts";
import { derive, KilledBySignal, type Process, type Streams } from "./process.ts";
import { parseShell, type Redirection, type ShellNode, ShellSyntaxError } from "./shell-syntax.ts";

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

class Shell {
  readonly #process: Process;
  readonly #state: ShellState;
  readonly #words: WordExpander;
  #errexit: boolean;
  #inCondition = 0;

  constructor(process: Process, args: string[], name: string, errexit: boolean) {
    this.#process = process;
    this.#errexit = errexit;
    const pid = 1000 + Math.floor(process.machine.uptime() % 30_000);
    this.#state = { name, args, pid, status: 0, nounset: false };
    this.#words = new WordExpander(this.#state, (script, inner) => this.#substitute(script, inner));
  }

  async #substitute(script: string, process: Process): Promise<number> {
    try {
      return await this.#node(parseShell(script), process);
    } catch (error) {
      if (error instanceof ShellExit) return error.code;
      throw error;
    }
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
        for (const value of await this.#words.expandAll(node.words, process)) {
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
        this.#state.status = status;
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
    const words = await this.#words.expandAll(node.words, process);
    const assigned: [string, string][] = [];
    let substituted = 0;
    for (const { name, value } of node.assignments) {
      this.#state.status = 0;
      assigned.push([name, await this.#words.expandOne(value, process)]);
      substituted = this.#state.status;
    }
    const io = await this.#redirect(node.redirections, process);
    if (!io) return 1;
    if (words.length === 0) {
      for (const [name, value] of assigned) process.env.set(name, value);
      return substituted;
    }
    const env = assigned.length > 0 ? new Map([...process.env, ...assigned]) : process.env;
    const inner = derive(process, { io: io.streams, env });
    return (await this.#builtin(words, inner, process)) ?? execute(words, inner, this.#state.name);
  }

  /** What changes the shell itself. */
  async #builtin(words: string[], process: Process, outer: Process): Promise<number | undefined> {
    const [name, ...args] = words;
    switch (name) {
      case ":":
        return 0;
      case "exit":
      case "return":
        throw new ShellExit(args[0] === undefined ? this.#state.status : Number(args[0]) & 255);
      case "break":
      case "continue":
        throw new LoopControl(name);
      case "cd": {
        const target = posix.resolve(process.cwd, args[0] ?? process.env.get("HOME") ?? "/");
        const node = process.machine.files.stat(target);
        if (node?.type !== "directory") {
          const cause = node ? "Not a directory" : "No such file or directory";
          process.io.err(`${this.#state.name}: line 1: cd: ${args[0]}: ${cause}\n`);
          return 1;
        }
        outer.cwd = target;
        return 0;
      }
      case "set":
        for (const option of args) {
          const on = option.startsWith("-");
          if (/e/.test(option) || option === "errexit") this.#errexit = on;
          if (/^[-+][a-z]*u/.test(option)) this.#state.nounset = on;
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
        throw new ShellExit(await execute(args, process, this.#state.name));
      case "wait":
      case "trap":
      case "umask":
      case "ulimit":
        return 0;
      case "kill":
        if (args.at(-1) === String(this.#state.pid)) throw new KilledBySignal(signalName(args[0] ?? "-TERM"));
        return 0;
      default:
        return undefined;
    }
  }

  async #redirect(redirections: Redirection[], process: Process): Promise<{ streams: Streams } | undefined> {
    let { read, out, err } = process.io;
    const { files } = process.machine;
    for (const { descriptor, operator, target } of redirections) {
      const word = await this.#words.expandOne(target, process);
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
        process.io.err(`${this.#state.name}: line 1: ${word}: ${error.message}\n`);
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
}

function signalName(option: string): string {
  const name = option.replace(/^-(SIG)?/, "");
  return { "9": "KILL", "15": "TERM", "2": "INT", "1": "HUP" }[name] ?? name;
}
