import { ClientException, ClientExit, RpcError } from "../cli/errors.ts";
import type { Command } from "./command.ts";

export const snapshot: Command = {
  options: () => [
    { names: ["n", "name"], value: true },
    { names: ["c", "m", "comment"], value: true },
  ],
  async run(context, args) {
    const [name, ...others] = args.positional;
    if (name === undefined) throw new ClientExit("Need the name of an instance to snapshot.");
    if (others.length > 0) throw new ClientExit("Too many arguments supplied");
    context.spinner.start("Taking snapshot");
    const taken = await context.request((daemon) =>
      daemon.snapshots.take(name, args.value("name"), args.value("comment") ?? ""),
    );
    context.spinner.stop();
    context.out(`Snapshot taken: ${name}.${taken.name}\n`);
    return 0;
  },
};

export const restore: Command = {
  options: () => [{ names: ["d", "destructive"] }],
  async run(context, args) {
    const [argument, ...others] = args.positional;
    if (argument === undefined) throw new ClientExit("Need the name of a snapshot to restore.");
    if (others.length > 0) throw new ClientExit("Too many arguments supplied");
    const [name = "", snapshotName = ""] = argument.split(".", 2);
    if (snapshotName === "") throw new ClientExit("Need the name of a snapshot to restore.");
    const { spinner } = context;
    await context.request((daemon) => daemon.snapshots.restorable(name, snapshotName));
    if (!args.has("destructive")) {
      const advice =
        "Unable to query client for confirmation. Use '--destructive' to automatically discard current machine state.";
      if (!context.caps.restoreRefusedByDaemon) throw new ClientException(advice);
      spinner.stop();
      spinner.stop();
      context.err(`${advice}\n`);
      throw new RpcError("Cannot get confirmation from client. Aborting...");
    }
    spinner.stop();
    spinner.start("Restoring snapshot");
    await context.request((daemon) => daemon.snapshots.restore(name, snapshotName));
    spinner.stop();
    context.out(`Snapshot restored: ${argument}\n`);
    return 0;
  },
};

export const clone: Command = {
  options: () => [{ names: ["n", "name"], value: true }],
  since: (caps) => caps.clone,
  async run(context, args) {
    const [source, ...others] = args.positional;
    if (source === undefined) throw new ClientExit("Please provide the name of the source instance.");
    if (others.length > 0) throw new ClientExit("Too many arguments supplied");
    context.spinner.start(`Cloning ${source}`);
    const name = await context.request((daemon) => daemon.snapshots.clone(source, args.value("name")));
    context.spinner.stop();
    context.out(`Cloned from ${source} to ${name}.\n`);
    return 0;
  },
};
