import { relative, sep } from "node:path";
import { type CommandContext, FaultExit } from "../cli/context.ts";
import { ClientExit, RpcError } from "../cli/errors.ts";
import { logLine } from "../daemon/log-line.ts";
import type { Multipassd } from "../daemon/multipassd.ts";
import { KilledBySignal, MachineGone } from "../guest/process.ts";
import type { InstanceStateRecord } from "../world.ts";
import type { Command } from "./command.ts";
import { runStart } from "./power.ts";

/** The guest directory that corresponds to the client's working directory, if that is inside a mount. */
function mappedDirectory(instance: InstanceStateRecord | undefined, cwd: string): string | undefined {
  for (const [target, { source }] of Object.entries(instance?.mounts ?? {})) {
    const inside = relative(source, cwd);
    if (inside === "") return target;
    if (!inside.startsWith("..")) return `${target}/${inside.split(sep).join("/")}`;
  }
  return undefined;
}

/** Connects to an instance. Starts it first if it is not running, with the spinner of `start` on stdout. */
async function connectGuest(
  context: CommandContext,
  name: string,
): Promise<{ daemon: Multipassd; instance: InstanceStateRecord }> {
  const reach = async () => {
    const daemon = await context.daemon();
    return { daemon, instance: await daemon.main.run(() => daemon.guests.reachable(name)) };
  };
  try {
    return await reach();
  } catch (error) {
    if (!(error instanceof RpcError) || error.kind !== "not running") throw error;
    await runStart(context, [name], undefined);
    return reach();
  }
}

async function run(
  context: CommandContext,
  name: string,
  words: string[],
  cwd: string | undefined,
): Promise<number> {
  const { daemon, instance } = await connectGuest(context, name);
  const failure = daemon.guests.sshFailure(instance);
  if (failure !== undefined) {
    context.err(`${context.word} failed: ${failure}\n`);
    return context.caps.sshFailureExit;
  }
  const { io } = context;
  try {
    return await daemon.guests.run(instance, words, cwd, {
      read: () => io.readStdin(),
      out: (data) => io.out(data),
      err: (data) => io.err(data),
    });
  } catch (error) {
    if (error instanceof MachineGone) {
      const cause = "[ssh client] could not obtain exit state: 'Socket error: disconnected'";
      if (context.caps.brokenSshText) context.err(`${context.word} failed: ${cause}\n`);
      return 255;
    }
    if (!(error instanceof KilledBySignal)) throw error;
    context.err(logLine("ssh client", `Process terminated by signal: ${error.signal}`));
    return 255;
  }
}

export const exec: Command = {
  options: () => [
    { names: ["d", "working-directory"], value: true },
    { names: ["n", "no-map-working-directory"] },
  ],
  async run(context, args) {
    const [name, ...words] = args.positional;
    if (name === undefined || words.length === 0) throw new ClientExit("Wrong number of arguments");
    if (args.has("d") && args.has("n")) {
      throw new ClientExit("Options --working-directory and --no-map-working-directory clash");
    }
    let cwd = args.value("d");
    if (cwd === undefined && !args.has("n")) {
      try {
        cwd = await context.request((daemon) =>
          mappedDirectory(daemon.instances.select([name], "accept")[0], context.io.cwd),
        );
      } catch (error) {
        // The client asks this first question only for its answer. It prints a failure and continues.
        if (!(error instanceof RpcError) || error instanceof FaultExit) throw error;
        context.err(`${context.word} failed: ${error.message}\n`);
      }
    }
    return run(context, name, words, cwd);
  },
};

export const shell: Command = {
  options: () => [{ names: ["timeout"], value: true }],
  async run(context, args) {
    const name = args.positional[0] ?? context.clientStore.primaryName();
    return run(context, name, ["bash"], undefined);
  },
};
