import { ClientExit, RpcError } from "../cli/errors.ts";
import { logLine } from "../daemon/log-line.ts";
import { isValidName } from "../daemon/names.ts";
import type { Command } from "./command.ts";

const CLIENT_KEYS = ["client.primary-name"];
const isRemote = (key: string) => key.startsWith("local.");

export const get: Command = {
  options: () => [{ names: ["raw"] }, { names: ["keys"] }],
  async run(context, args) {
    const { positional } = args;
    if (args.has("keys")) {
      if (positional.length > 1) throw new ClientExit("Cannot specify more than one key with --keys");
      let keys = [...CLIENT_KEYS];
      try {
        keys = [...keys, ...(await context.request((daemon) => daemon.settings.keys()))];
      } catch (error) {
        if (!(error instanceof RpcError) || error.kind !== "unreachable") throw error;
        context.err(logLine("remote settings", "Could not reach daemon."));
      }
      const [key] = positional;
      if (key !== undefined && !keys.includes(key))
        throw new ClientExit(`Unrecognized settings key: '${key}'`);
      context.out(`${(key === undefined ? keys.sort() : [key]).join("\n")}\n`);
      return 0;
    }
    const [key] = positional;
    if (key === undefined) {
      throw new ClientExit(
        "Multiple settings not implemented yet. Please try again with one setting key or just the `--keys` option for now.",
      );
    }
    if (positional.length > 1) throw new ClientExit("Need exactly one setting key.");
    let value: string | undefined;
    if (isRemote(key)) value = await context.request((daemon) => daemon.settings.get(key));
    else value = context.clientStore.settings()[key];
    if (value === undefined) throw new ClientExit(`Unrecognized settings key: '${key}'`);
    context.out(`${value === "" && !args.has("raw") ? "<empty>" : value}\n`);
    return 0;
  },
};

export const set: Command = {
  options: () => [],
  async run(context, args) {
    const [argument, ...others] = args.positional;
    if (argument === undefined || others.length > 0) throw new ClientExit("Need exactly one key-value pair.");
    const [key = "", ...values] = argument.split("=");
    if (values.length > 1 || key === "") throw new ClientExit("Bad key-value format.");
    let value = values[0];
    if (value === undefined) {
      const line = (await context.io.readStdin()).toString("utf8");
      if (line === "") throw new ClientExit("Failed to read value");
      value = line.split("\n")[0] ?? "";
    }
    if (isRemote(key)) {
      const chosen = value;
      await context.request((daemon) => daemon.settings.set(key, chosen));
      return 0;
    }
    if (!CLIENT_KEYS.includes(key)) throw new ClientExit(`Unrecognized settings key: '${key}'`);
    if (value !== "" && !isValidName(value))
      throw new ClientExit(`Invalid setting '${key}=${value}': Invalid hostname`);
    context.clientStore.setSetting(key, value);
    return 0;
  },
};
