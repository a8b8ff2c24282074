import { formatOf } from "../cli/args.ts";
import { ClientExit, RpcError } from "../cli/errors.ts";
import { toTable, toWideTable } from "../cli/format.ts";
import { usage } from "../cli/help.ts";
import { type Command, formatOption } from "./command.ts";

export const version: Command = {
  options: () => [formatOption],
  async run(context, args) {
    const format = formatOf(args);
    let daemonVersion: string | undefined;
    try {
      daemonVersion = (await context.daemon()).store.world.version;
    } catch (error) {
      // Prints what it knows: an unusable daemon does not make this command fail.
      if (!(error instanceof RpcError)) throw error;
    }
    const own = context.env.version;
    const document = {
      multipass: own,
      ...(daemonVersion === undefined ? {} : { multipassd: daemonVersion }),
    };
    if (format === "json") context.printJson(document);
    else context.out(toWideTable(Object.entries(document), [12]));
    return 0;
  },
};

export const help: Command = {
  options: () => [],
  async run(context, args) {
    context.out(
      args.positional[0] ? `Usage: multipass ${args.positional[0]} [options]\n` : usage(context.caps),
    );
    return 0;
  },
};

export const networks: Command = {
  options: () => [formatOption],
  async run(context, args) {
    const format = formatOf(args);
    if (args.positional.length > 0) throw new ClientExit("This command takes no arguments");
    const list = await context.request((daemon) => {
      if (daemon.faults.plan.hypervisor && !daemon.instances.anyRunning()) {
        throw new RpcError(daemon.faults.plan.hypervisor);
      }
      return daemon.networks.list();
    });
    if (format === "json") context.printJson({ list });
    else {
      const rows = list.map(({ name, type, description }) => [name, type, description]);
      context.out(toTable([["Name", "Type", "Description"], ...rows]));
    }
    return 0;
  },
};

export const authenticate: Command = {
  options: () => [],
  async run(context, args) {
    if (args.positional.length > 1) throw new ClientExit("Too many arguments given");
    let [passphrase] = args.positional;
    if (passphrase === undefined) {
      passphrase = (await context.io.readStdin()).toString("utf8").split("\n")[0];
      if (!passphrase) throw new ClientExit("Failed to read value");
    }
    const daemon = await context.daemon(true);
    await daemon.main.run(() => daemon.authenticate(context.io.home, passphrase));
    return 0;
  },
};
