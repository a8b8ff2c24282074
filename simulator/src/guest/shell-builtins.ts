import { posix } from "node:path";
import { ShellExit, type ShellState } from "./expansion.ts";
import { KilledBySignal, type Process } from "./process.ts";

/** Thrown by `break` and `continue` to reach their loop. */
export class LoopControl extends Error {
  readonly kind: "break" | "continue";

  constructor(kind: "break" | "continue") {
    super(kind);
    this.kind = kind;
  }
}

/**
 * Runs a command that changes the shell itself, if the first word names one.
 *
 * @param process has the redirections of this command; `outer` is without them
 * @param run runs a script in this shell
 */
export async function runBuiltin(
  words: string[],
  process: Process,
  outer: Process,
  state: ShellState,
  run: (script: string) => Promise<number>,
): Promise<number | undefined> {
  const [name, ...args] = words;
  switch (name) {
    case ":":
      return 0;
    case "exit":
    case "return":
      throw new ShellExit(args[0] === undefined ? state.status : Number(args[0]) & 255);
    case "break":
    case "continue":
      throw new LoopControl(name);
    case "cd": {
      const target = posix.resolve(process.cwd, args[0] ?? process.env.get("HOME") ?? "/");
      const node = process.machine.files.stat(target);
      if (node?.type !== "directory") {
        const cause = node ? "Not a directory" : "No such file or directory";
        process.io.err(`${state.name}: line 1: cd: ${args[0]}: ${cause}\n`);
        return 1;
      }
      outer.cwd = target;
      return 0;
    }
    case "set":
      for (const option of args) {
        const on = option.startsWith("-");
        if (/e/.test(option) || option === "errexit") state.errexit = on;
        if (/^[-+][a-z]*u/.test(option)) state.nounset = on;
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
      // The input after this line is left for the next reader, unless only this command was redirected.
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
      return run(args.join(" "));
    case "wait":
    case "trap":
    case "umask":
    case "ulimit":
      return 0;
    case "kill":
      if (args.at(-1) === String(state.pid)) throw new KilledBySignal(signalName(args[0] ?? "-TERM"));
      return 0;
    default:
      return undefined;
  }
}

function signalName(option: string): string {
  const name = option.replace(/^-(SIG)?/, "");
  return { "9": "KILL", "15": "TERM", "2": "INT", "1": "HUP" }[name] ?? name;
}
