import { formatOf } from "../cli/args.ts";
import { ClientExit, RpcError } from "../cli/errors.ts";
import { toTable } from "../cli/format.ts";
import { allOption, type Command, formatOption } from "./command.ts";

export const alias: Command = {
  options: () => [{ names: ["n", "no-map-working-directory"] }],
  async run(context, args) {
    const [definition, given, ...others] = args.positional;
    if (definition === undefined || others.length > 0)
      throw new ClientExit("Wrong number of arguments given");
    const separator = definition.indexOf(":");
    if (separator < 0) throw new ClientExit("No command given");
    const instance = definition.slice(0, separator);
    const command = definition.slice(separator + 1);
    if (instance === "") throw new ClientExit("No instance name given");
    if (command === "") throw new ClientExit("No command given");
    const name = given ?? command.split("/").at(-1) ?? command;
    try {
      await context.request((daemon) => daemon.instances.select([instance], "accept"));
    } catch (error) {
      if (error instanceof RpcError && error.kind === "not found") {
        throw new ClientExit("Error retrieving list of instances");
      }
      throw error;
    }
    const aliases = context.clientStore.aliases();
    const active = aliases.contexts[aliases["active-context"]] ?? {};
    if (active[name]) throw new ClientExit(`Alias '${name}' already exists in current context`);
    active[name] = { instance, command, "working-directory": args.has("n") ? "default" : "map" };
    aliases.contexts[aliases["active-context"]] = active;
    context.clientStore.saveAliases(aliases);
    return 0;
  },
};

export const aliases: Command = {
  options: () => [formatOption],
  async run(context, args) {
    const format = formatOf(args);
    const document = context.clientStore.aliases();
    if (format === "json") {
      context.printJson(document);
      return 0;
    }
    const rows = Object.entries(document.contexts).flatMap(([name, definitions]) =>
      Object.entries(definitions).map(([own, definition]) => [
        own,
        definition.instance,
        definition.command,
        `${name}${name === document["active-context"] ? "*" : ""}`,
        definition["working-directory"],
      ]),
    );
    const header = ["Alias", "Instance", "Command", "Context", "Working directory"];
    context.out(rows.length === 0 ? "No aliases defined.\n" : toTable([header, ...rows]));
    return 0;
  },
};

export const unalias: Command = {
  options: () => [allOption],
  async run(context, args) {
    const document = context.clientStore.aliases();
    const active = document.contexts[document["active-context"]] ?? {};
    const names = args.has("all") ? Object.keys(active) : args.positional;
    if (names.length === 0 && !args.has("all")) throw new ClientExit("Name argument or --all is required");
    const missing = names.filter((name) => !active[name]);
    if (missing.length > 0) throw new ClientExit(`Nonexistent aliases: ${missing.join(", ")}.`);
    for (const name of names) delete active[name];
    context.clientStore.saveAliases(document);
    return 0;
  },
};

export const prefer: Command = {
  options: () => [],
  async run(context, args) {
    const [name, ...others] = args.positional;
    if (name === undefined || others.length > 0) throw new ClientExit("Wrong number of arguments given");
    const document = context.clientStore.aliases();
    document["active-context"] = name;
    document.contexts[name] ??= {};
    context.clientStore.saveAliases(document);
    return 0;
  },
};
