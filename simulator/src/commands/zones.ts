import { formatOf, namesOrAll, type ParsedArgs } from "../cli/args.ts";
import type { CommandContext } from "../cli/context.ts";
import { ClientException, ClientExit } from "../cli/errors.ts";
import { toWideTable } from "../cli/format.ts";
import type { Multipassd } from "../daemon/multipassd.ts";
import type { Capabilities } from "../version.ts";
import { allOption, type Command, formatOption } from "./command.ts";

const since = ({ zones: known }: Capabilities) => known;

export const zones: Command = {
  options: () => [formatOption],
  since,
  async run(context, args) {
    const format = formatOf(args);
    const document = await context.request((daemon) => structuredClone(daemon.store.world.zones));
    if (format === "json") context.printJson(document);
    else {
      const rows = Object.entries(document).map(([name, zone]) => [
        name,
        zone.available ? "Available" : "Unavailable",
        zone.subnet,
      ]);
      const nameWidth = Math.max(...rows.map(([name = ""]) => name.length)) + 3;
      context.out(toWideTable([["Name", "State", "Subnet"], ...rows], [nameWidth, 14]));
    }
    return 0;
  },
};

function chosen(args: ParsedArgs): string[] | "all" {
  const names = namesOrAll(args);
  if (names !== "all" && names.length === 0) throw new ClientExit("Name argument or --all is required");
  return names;
}

/** Disabling a zone powers off its instances; enabling it starts those that were running. */
function setAvailable(daemon: Multipassd, names: string[] | "all", available: boolean): void {
  const { world } = daemon.store;
  const wanted = names === "all" ? Object.keys(world.zones) : names;
  const unknown = wanted.filter((name) => !world.zones[name]);
  // The client detects this itself, so the message does not name the command.
  const several = unknown.length > 1 ? "s" : "";
  if (unknown.length > 0)
    throw new ClientExit(`No AZ${several} with name${several}: ${unknown.join(", ")}`, 2);
  for (const name of wanted) {
    const zone = world.zones[name];
    if (!zone || zone.available === available) continue;
    zone.available = available;
    for (const instance of daemon.instances.all().filter((candidate) => candidate.zone === name)) {
      if (available) {
        if (instance.state !== "Unavailable") continue;
        instance.state = "Stopped";
        if (instance.startsWithZone)
          daemon.machines.finish(daemon.machines.begin([instance]), undefined).catch(() => undefined);
        instance.startsWithZone = undefined;
      } else if (!instance.deleted) {
        const startsWithZone = /^(Running|Starting|Restarting)$/.test(instance.state);
        daemon.machines.powerOff(instance);
        instance.state = "Unavailable";
        instance.startsWithZone = startsWithZone;
      }
    }
  }
  daemon.store.save();
}

async function change(context: CommandContext, args: ParsedArgs, available: boolean): Promise<number> {
  const names = chosen(args);
  const shown = names === "all" ? "all zones" : names.join(", ");
  const done = available ? "enabled" : "disabled";
  context.spinner.start(`${available ? "Enabling" : "Disabling"} ${shown}`);
  await context.request((daemon) => setAvailable(daemon, names, available));
  context.spinner.stop();
  const subject = names.length === 1 ? "Zone" : "Zones";
  context.out(names === "all" ? `All zones ${done}\n` : `${subject} ${done}: ${shown}\n`);
  return 0;
}

export const enableZones: Command = {
  options: () => [allOption],
  since,
  run: (context, args) => change(context, args, true),
};

export const disableZones: Command = {
  options: () => [allOption, { names: ["force"] }],
  since,
  async run(context, args) {
    if (!args.has("force")) {
      throw new ClientException(
        "Unable to query client for confirmation. Use '--force' to forcefully make unavailable all instances in the specified zones.",
      );
    }
    return change(context, args, false);
  },
};
