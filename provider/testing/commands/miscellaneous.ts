import { formatOf, timeoutOf } from "../cli/args.ts";
import { ClientExit, RpcError } from "../cli/errors.ts";
import { toTable } from "../cli/format.ts";
import { usage } from "../cli/help.ts";
import type { Multipassd } from "../daemon/multipassd.ts";
import { type Command, formatOption, timeoutOption } from "./command.ts";

export const version: Command = {
  options: () => [formatOption],
  async run(context, args) {
    const format = formatOf(args);
    let daemonVersion: string | undefined;
    try {
      daemonVersion = (await context.daemon()).store.world.version;
    } catch (error) {
      // It shows what it knows: an unusable daemon is not a failure of this command.
      if (!(error instanceof RpcError)) throw error;
    }
    const own = context.env.version;
    const document = {
      multipass: own,
      ...(daemonVersion === undefined ? {} : { multipassd: daemonVersion }),
    };
    if (format === "json") context.printJson(document);
    else if (format === "yaml") await context.printYaml(document);
    else if (format === "csv") context.out(`Multipass,Multipassd\n${own},${daemonVersion ?? ""}\n`);
    else context.out(toTable(Object.entries(document)));
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
    else if (format === "yaml") {
      await context.printYaml(Object.fromEntries(list.map(({ name, ...rest }) => [name, [rest]])));
    } else {
      const rows = [
        ["Name", "Type", "Description"],
        ...list.map(({ name, type, description }) => [name, type, description]),
      ];
      context.out(
        format === "csv"
          ? rows
              .map(([name, type, text], row) => `${name},${type},${row === 0 ? text : `"${text}"`}\n`)
              .join("")
          : toTable(rows),
      );
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

const pollInterval = 500;

/** A loop in the client: both an absent daemon and unreachable image servers make it ask again. */
export const waitReady: Command = {
  options: () => [timeoutOption],
  since: ({ waitReady: known }) => known,
  async run(context, args) {
    if (args.positional.length > 0) throw new ClientExit("This command takes no arguments");
    const { env, io } = context;
    const timeout = timeoutOf(args);
    let waited = env.waited ?? 0;
    if (env.waited === undefined || env.handOver)
      context.spinner.start("Waiting for the Multipass daemon to be ready");
    let daemon: Multipassd | undefined;
    while (!io.gone.aborted) {
      const left = timeout === undefined ? Number.POSITIVE_INFINITY : timeout - waited;
      if (left <= 0) throw new ClientExit("Timed out waiting for the Multipass daemon to be ready.", 5);
      try {
        const asked = context.request(async (reached) => {
          daemon = reached;
          if ((await reached.imageList.lastResult()) !== undefined) {
            throw new RpcError("cannot connect to the image servers", "image servers");
          }
        });
        asked.catch(() => undefined);
        const expired = Number.isFinite(left) ? env.sleep(left).then(() => "expired" as const) : undefined;
        expired?.catch(() => undefined);
        const outcome = await (expired ? Promise.race([asked, expired]) : asked);
        if (outcome === "expired")
          throw new ClientExit("Timed out waiting for the Multipass daemon to be ready.", 5);
        return 0;
      } catch (error) {
        const retried =
          error instanceof RpcError && (error.kind === "unreachable" || error.kind === "image servers");
        if (!retried) throw error;
      }
      const pause = Math.min(pollInterval, left);
      // No request is in flight meanwhile, so the daemon's log records go elsewhere.
      daemon?.clients.delete(io);
      await env.sleep(pause);
      daemon?.clients.add(io);
      waited += pause;
      if (await env.handOver?.()) return 0;
    }
    return 0;
  },
};
