import { posix } from "node:path";
import { GuestFileError, root } from "./file-system.ts";
import { derive, type Process } from "./process.ts";
import { programs } from "./programs.ts";
import { interpret } from "./shell.ts";

/**
 * Runs a script in a guest; nothing ever runs on the host.
 *
 * @returns the exit code
 */
export function runScript(
  script: string,
  process: Process,
  args: string[] = [],
  shellName = "bash",
  options: { errexit?: boolean } = {},
): Promise<number> {
  return interpret(script, process, execute, args, shellName, options);
}

/**
 * Runs a program in a guest, given as words. It is a scripted answer, a built-in program, or a script in the
 * guest's files.
 */
export async function execute(words: string[], process: Process, shellName = "bash"): Promise<number> {
  process.signal.throwIfAborted();
  const [name = "", ...args] = words;
  if (name === "sudo") return sudo(args, process, shellName);
  const scripted = process.machine.scripted(words.join(" "));
  if (scripted) {
    await process.machine.sleep(scripted.seconds * 1000, process.signal);
    process.io.out(scripted.stdout);
    process.io.err(scripted.stderr);
    return scripted.exitCode;
  }
  if (name === "sh" || name === "bash" || name === "dash") return subshell(name, args, process);
  const base = name.startsWith("/") ? posix.basename(name) : name;
  const { files } = process.machine;
  const path = name.includes("/") ? posix.resolve(process.cwd, name) : `/usr/local/bin/${name}`;
  if (files.stat(path)?.type === "file") return runFile(name, path, args, process, shellName);
  const program = Object.hasOwn(programs, base) ? programs[base] : undefined;
  const standard = !name.includes("/") || /^\/(usr\/)?(local\/)?s?bin\//.test(name);
  if (program && standard) {
    try {
      return await program(args, process, (inner, env) => execute(inner, env ?? process, shellName));
    } catch (error) {
      if (!(error instanceof GuestFileError)) throw error;
      process.io.err(`${base}: ${error.message}\n`);
      return 1;
    }
  }
  const cause = name.includes("/") ? "No such file or directory" : "command not found";
  process.io.err(`${shellName}: line 1: ${name}: ${cause}\n`);
  return 127;
}

function sudo(args: string[], process: Process, shellName: string): Promise<number> {
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
  return execute(rest, derive(process, { user, env }), shellName);
}

async function subshell(name: string, args: string[], process: Process): Promise<number> {
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
    const text = process.machine.files.read(posix.resolve(process.cwd, file), process.user).toString("utf8");
    return runScript(text, child, rest, name, { errexit });
  }
  return runScript((await process.io.read()).toString("utf8"), child, rest, name, { errexit });
}

function runFile(
  name: string,
  path: string,
  args: string[],
  process: Process,
  shellName: string,
): Promise<number> | number {
  const { files } = process.machine;
  if (!files.permits(path, process.user, "x")) {
    process.io.err(`${shellName}: line 1: ${name}: Permission denied\n`);
    return 126;
  }
  const text = files.read(path, root).toString("utf8");
  const interpreter = /^#!\s*\S*?(?:env\s+)?(\w+)\s*\n/.exec(text)?.[1] ?? "bash";
  if (!["sh", "bash", "dash"].includes(interpreter)) {
    process.io.err(`${shellName}: line 1: ${name}: cannot execute: required file not found\n`);
    return 127;
  }
  return runScript(text, derive(process, { env: new Map(process.env) }), args, path);
}
