import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { ClientExit } from "../cli/errors.ts";
import type { MountTarget } from "../daemon/mounts.ts";
import type { Command } from "./command.ts";
import { defaultMappings } from "./launch.ts";

function parseTarget(text: string): MountTarget {
  const separator = text.indexOf(":");
  if (separator < 0) return { instance: text, path: undefined };
  return { instance: text.slice(0, separator), path: text.slice(separator + 1) };
}

function mappings(given: string[], usual: string[]): string[] {
  for (const mapping of given) {
    if (!/^\d+:(\d+|default)$/.test(mapping)) throw new ClientExit(`"${mapping}" is an invalid mapping`);
  }
  return given.length > 0 ? given : usual;
}

export const mount: Command = {
  options: () => [
    { names: ["t", "type"], value: true },
    { names: ["u", "uid-map"], value: true },
    { names: ["g", "gid-map"], value: true },
  ],
  async run(context, args) {
    const [given, ...targets] = args.positional;
    if (given === undefined || targets.length === 0) throw new ClientExit("Not enough arguments given");
    const source = resolve(context.io.cwd, given);
    if (!existsSync(source)) throw new ClientExit(`Source path "${source}" does not exist`);
    if (!statSync(source).isDirectory()) throw new ClientExit(`Source path "${source}" is not a directory`);
    const type = args.value("type") ?? "classic";
    if (type !== "classic" && type !== "native")
      throw new ClientExit("Bad mount type specified, please use 'classic' or 'native'");
    const usual = defaultMappings();
    const uidMappings = mappings(args.values("uid-map"), usual.uidMappings);
    const gidMappings = mappings(args.values("gid-map"), usual.gidMappings);
    context.useSpinner();
    await context.request((daemon) =>
      daemon.mounts.add({ source, type, uidMappings, gidMappings }, targets.map(parseTarget)),
    );
    context.spinner.stop();
    return 0;
  },
};

export const umount: Command = {
  options: () => [],
  async run(context, args) {
    if (args.positional.length === 0) throw new ClientExit("Not enough arguments given");
    await context.request((daemon) => daemon.mounts.remove(args.positional.map(parseTarget)));
    return 0;
  },
};
