import { commands } from "../commands/index.ts";
import { logLine } from "../daemon/log-line.ts";
import { parseArgs } from "./args.ts";
import { type ClientEnvironment, CommandContext, FaultExit } from "./context.ts";
import { ClientException, ClientExit, RpcError } from "./errors.ts";
import { usage } from "./help.ts";
import type { ClientIo } from "./io.ts";

const OTHER_NAMES: Record<string, string> = {
  ls: "list",
  unmount: "umount",
  "copy-files": "transfer",
  auth: "authenticate",
};

/**
 * Runs one command line.
 *
 * @returns the exit code
 */
export async function runClient(io: ClientIo, env: ClientEnvironment): Promise<number> {
  const context = new CommandContext(io, env);
  try {
    return await dispatch(context);
  } catch (error) {
    if (error instanceof ClientExit) {
      if (error.stream === "stderr") context.err(`${error.message}\n`);
      else context.out(`${error.message}\n`);
      return error.exitCode;
    }
    if (error instanceof ClientException) {
      context.err(logLine("client", `Caught an unhandled exception: ${error.message}`));
      return 1;
    }
    if (error instanceof RpcError) {
      if (context.hasSpinner && context.word !== "wait-ready") context.spinner.stop();
      context.err(`${context.word} failed: ${error.message}\n`);
      return error instanceof FaultExit ? error.exitCode : 2;
    }
    throw error;
  } finally {
    if (context.hasSpinner && !io.gone.aborted) context.spinner.stop();
  }
}

async function dispatch(context: CommandContext): Promise<number> {
  const { io } = context;
  const { argv } = io;
  const at = argv.findIndex((argument) => !argument.startsWith("-"));
  const globals = at < 0 ? argv : argv.slice(0, at);
  for (const option of globals) {
    if (option === "-V" || option === "--version") return run(context, "version", []);
    if (option === "-h" || option === "--help") {
      context.out(usage(context.caps));
      return 0;
    }
    if (!/^(-v+|--verbose)$/.test(option)) {
      throw new ClientExit(`Unknown option '${option.replace(/^-+/, "")}'.`);
    }
  }
  if (at < 0) {
    context.out(usage(context.caps));
    return 2;
  }
  const given = argv[at] as string;
  return run(context, OTHER_NAMES[given] ?? given, argv.slice(at + 1));
}

async function run(context: CommandContext, name: string, args: string[]): Promise<number> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  const available = command && (command.since?.(context.caps) ?? true);
  if (!command || !available) {
    const aliases = context.clientStore.aliases();
    const alias = aliases.contexts[aliases["active-context"]]?.[name];
    if (alias) {
      const map = alias["working-directory"] === "map" ? [] : ["-n"];
      return run(context, "exec", [...map, alias.instance, "--", alias.command, ...args]);
    }
    throw new ClientExit(
      `Error: Unknown command or alias '${name}' (try "multipass help" or "multipass aliases")`,
      1,
      "stdout",
    );
  }
  context.word = name;
  context.args = args;
  const parsed = parseArgs(args, command.options(context.caps));
  if (parsed.has("help")) {
    context.out(`Usage: multipass ${name} [options]\n`);
    return 0;
  }
  return command.run(context, parsed);
}
