import { namesOrAll, timeoutOf } from "../cli/args.ts";
import type { CommandContext } from "../cli/context.ts";
import { ClientExit, RpcError } from "../cli/errors.ts";
import { withClientTimeout } from "./client-timeout.ts";
import { allOption, type Command, timeoutOption } from "./command.ts";
import { runLaunch } from "./launch.ts";

/** Without a name, these commands apply to the primary instance. */
function targets(context: CommandContext, names: string[] | "all"): string[] | "all" {
  if (names === "all" || names.length > 0) return names;
  const primary = context.clientStore.primaryName();
  if (primary === "") throw new ClientExit("The primary instance is disabled, please provide a name.");
  return [primary];
}

const described = (names: string[] | "all") => (names === "all" ? "all instances" : names.join(", "));

/** Also used by `exec` for an instance that is not running. */
export async function runStart(
  context: CommandContext,
  names: string[] | "all",
  timeout: number | undefined,
): Promise<void> {
  const word = context.word;
  context.word = "start";
  context.spinner.start(`Starting ${described(names)}`);
  const daemon = await context.daemon();
  await withClientTimeout(context, timeout, "Timed out waiting for instance to start.", async () => {
    const starting = await daemon.main.run(() => daemon.machines.begin(daemon.instances.startable(names)));
    const warnings = await daemon.machines.finish(starting, timeout);
    for (const warning of warnings) context.err(`${warning}\n`);
  });
  context.spinner.stop();
  context.word = word;
}

export const start: Command = {
  options: () => [allOption, timeoutOption],
  async run(context, args) {
    const timeout = timeoutOf(args);
    const names = targets(context, namesOrAll(args));
    try {
      await runStart(context, names, timeout);
    } catch (error) {
      const primary = context.clientStore.primaryName();
      const missing =
        error instanceof RpcError && error.kind === "not found" && error.message.includes("not exist");
      if (!missing || names === "all" || names.length !== 1 || names[0] !== primary) throw error;
      context.spinner.stop();
      await runLaunch(context, { name: primary, image: "", cpus: 1, cloudInit: "", networks: [], timeout }, [
        { source: context.io.home, target: "Home" },
      ]);
    }
    return 0;
  },
};

export const stop: Command = {
  options: (caps) => [
    allOption,
    { names: ["t", "time"], value: true },
    { names: ["c", "cancel"] },
    ...(caps.stopForce ? [{ names: ["force"] }] : []),
  ],
  async run(context, args) {
    const time = args.value("time");
    if (time !== undefined && args.has("cancel"))
      throw new ClientExit("Cannot set 'time' and 'cancel' options at the same time");
    if (args.has("force") && (time !== undefined || args.has("cancel"))) {
      throw new ClientExit("Cannot use '--force' with '--time' or '--cancel'");
    }
    if (time !== undefined && !/^\+?\d+$/.test(time)) throw new ClientExit("Time value has to be in minutes");
    const names = targets(context, namesOrAll(args));
    context.spinner.start(
      time !== undefined
        ? `Requesting delayed shutdown of ${described(names)}`
        : args.has("cancel")
          ? `Canceling delayed shutdown of ${described(names)}`
          : `Stopping ${described(names)}`,
    );
    await context.request(async (daemon) => {
      for (const instance of daemon.instances.select(names, "refuse")) {
        if (args.has("cancel")) daemon.machines.cancelShutdown(instance);
        else if (time !== undefined && Number(time) > 0)
          daemon.machines.delayShutdown(instance, Number(time) * 60_000);
        else {
          await daemon.machines.stop(instance, args.has("force")).catch((error: Error) => {
            if (!error.message.startsWith("Cannot shut down")) throw error;
            throw new RpcError(`${error.message}\nUse --force to power it off.`);
          });
        }
      }
    });
    return 0;
  },
};

export const suspend: Command = {
  options: () => [allOption],
  async run(context, args) {
    const names = targets(context, namesOrAll(args));
    context.spinner.start(`Suspending ${described(names)}`);
    await context.request(async (daemon) => {
      for (const instance of daemon.instances.select(names, "refuse"))
        await daemon.machines.suspend(instance);
    });
    return 0;
  },
};

export const restart: Command = {
  options: () => [allOption, timeoutOption],
  async run(context, args) {
    const timeout = timeoutOf(args);
    const names = targets(context, namesOrAll(args));
    context.spinner.start(`Restarting ${described(names)}`);
    const daemon = await context.daemon();
    await withClientTimeout(context, timeout, "Timed out waiting for instance to restart.", async () => {
      const instances = await daemon.main.run(() => {
        const selected = daemon.instances.select(names, "refuse");
        daemon.machines.beginRestart(selected);
        return selected;
      });
      const warnings = await daemon.machines.finish(instances, timeout);
      for (const warning of warnings) context.err(`${warning}\n`);
    });
    context.spinner.stop();
    return 0;
  },
};
