import { namesOrAll } from "../cli/args.ts";
import type { CommandContext } from "../cli/context.ts";
import { ClientException, ClientExit, RpcError, severalErrors } from "../cli/errors.ts";
import type { InstanceStateRecord } from "../world.ts";
import { allOption, type Command } from "./command.ts";

function required(names: string[] | "all"): string[] | "all" {
  if (names !== "all" && names.length === 0) throw new ClientExit("Name argument or --all is required");
  return names;
}

/** Purging removes the instance's aliases, but only those of the user who purges. */
function dropAliases(context: CommandContext, purged: string[]): void {
  const aliases = context.clientStore.aliases();
  let changed = false;
  for (const definitions of Object.values(aliases.contexts)) {
    for (const [alias, { instance }] of Object.entries(definitions)) {
      if (!purged.includes(instance)) continue;
      delete definitions[alias];
      changed = true;
    }
  }
  if (changed) context.clientStore.saveAliases(aliases);
}

export const remove: Command = {
  options: () => [allOption, { names: ["p", "purge"] }],
  async run(context, args) {
    const names = required(namesOrAll(args));
    const purge = args.has("purge");
    const snapshots = names === "all" ? [] : names.filter((name) => name.includes("."));
    if (snapshots.length > 0 && !purge) {
      throw new ClientException(
        "Snapshots can only be purged (after deletion, they cannot be recovered). Unable to query client for confirmation. Please use the `--purge` flag if that is what you want.",
      );
    }
    const purged = await context.request(async (daemon) => {
      const whole = names === "all" ? names : names.filter((name) => !name.includes("."));
      const problems: string[] = [];
      let instances: InstanceStateRecord[] = [];
      try {
        instances = daemon.instances.select(whole, "accept");
      } catch (error) {
        problems.push(...(error as Error).message.split("\n").slice(1));
      }
      const doomed = snapshots.map((name) => {
        const [instanceName = "", snapshot = ""] = name.split(".", 2);
        const instance = daemon.instances.find(instanceName);
        if (!instance) problems.push(`instance "${instanceName}" does not exist`);
        else if (instance.deleted) problems.push(`Cannot delete snapshots of deleted instances: ${name}`);
        else if (!instance.snapshots[snapshot]) problems.push(`No such snapshot: ${name}`);
        return { instance, snapshot };
      });
      // Deletes all or nothing.
      if (problems.length > 0) throw severalErrors(problems, "not found");
      for (const { instance, snapshot } of doomed) if (instance) daemon.snapshots.remove(instance, snapshot);
      for (const instance of instances) {
        if (purge) {
          daemon.machines.purge(instance);
          continue;
        }
        await daemon.machines.delete(instance).catch((error: Error) => {
          if (!error.message.startsWith("Cannot shut down")) throw error;
          throw new RpcError(`${error.message}\nUse --purge to forcefully delete it.`);
        });
      }
      return purge ? instances.map(({ name }) => name) : [];
    });
    dropAliases(context, purged);
    return 0;
  },
};

export const purge: Command = {
  options: () => [],
  async run(context, args) {
    if (args.positional.length > 0) throw new ClientExit("This command takes no arguments");
    const purged = await context.request((daemon) => {
      const deleted = daemon.instances.all().filter((instance) => instance.deleted);
      for (const instance of deleted) daemon.machines.purge(instance);
      return deleted.map(({ name }) => name);
    });
    dropAliases(context, purged);
    return 0;
  },
};

export const recover: Command = {
  options: () => [allOption],
  async run(context, args) {
    const names = required(namesOrAll(args));
    await context.request((daemon) => {
      const chosen = names === "all" ? daemon.instances.all() : daemon.instances.select(names, "accept");
      for (const instance of chosen) daemon.instances.recover(instance);
    });
    return 0;
  },
};
