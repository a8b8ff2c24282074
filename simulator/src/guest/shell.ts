import { ShellExit, type ShellState, WordExpander } from "./expansion.ts";
import { derive, type Process, type Streams } from "./process.ts";
import { LoopControl, runBuiltin } from "./shell-builtins.ts";
import { parseShell } from "./shell-parser.ts";
import { redirect } from "./shell-redirections.ts";
import { type ShellNode, ShellSyntaxError } from "./shell-syntax.ts";

/** Runs the words of a command. */
export type RunCommand = (words: string[], process: Process, shellName: string) => Promise<number>;

/**
 * Interprets a script in a simulated guest. `execute` runs its commands.
 *
 * @returns the exit code
 */
export async function interpret(
  script: string,
  process: Process,
  execute: RunCommand,
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
  const shell = new Shell(process, execute, args, shellName, options.errexit ?? false);
  try {
    return await shell.run(node);
  } catch (error) {
    if (error instanceof ShellExit) return error.code;
    throw error;
  }
}

class Shell {
  readonly #process: Process;
  readonly #execute: RunCommand;
  readonly #state: ShellState;
  readonly #words: WordExpander;
  #inCondition = 0;

  constructor(process: Process, execute: RunCommand, args: string[], name: string, errexit: boolean) {
    this.#process = process;
    this.#execute = execute;
    const pid = 1000 + Math.floor(process.machine.uptime() % 30_000);
    this.#state = { name, args, pid, status: 0, nounset: false, errexit };
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
        const io = await redirect(node.redirections, process, this.#state, this.#words);
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
      // A loop without a sleep must not block the simulator.
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
        if (status !== 0 && this.#state.errexit && this.#inCondition === 0 && !guarded && !negated)
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
    process.signal.throwIfAborted();
    const words = await this.#words.expandAll(node.words, process);
    const assigned: [string, string][] = [];
    let substituted = 0;
    for (const { name, value } of node.assignments) {
      this.#state.status = 0;
      assigned.push([name, await this.#words.expandOne(value, process)]);
      substituted = this.#state.status;
    }
    const io = await redirect(node.redirections, process, this.#state, this.#words);
    if (!io) return 1;
    if (words.length === 0) {
      for (const [name, value] of assigned) process.env.set(name, value);
      return substituted;
    }
    const env = assigned.length > 0 ? new Map([...process.env, ...assigned]) : process.env;
    const inner = derive(process, { io: io.streams, env });
    if (words[0] === "exec")
      throw new ShellExit(await this.#execute(words.slice(1), inner, this.#state.name));
    return (
      (await runBuiltin(words, inner, process, this.#state, (script) =>
        this.#node(parseShell(script), inner),
      )) ?? this.#execute(words, inner, this.#state.name)
    );
  }
}
