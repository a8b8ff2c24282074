import { existsSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { type OptionSpec, type ParsedArgs, timeoutOf } from "../cli/args.ts";
import type { CommandContext } from "../cli/context.ts";
import { ClientException, ClientExit, RpcError } from "../cli/errors.ts";
import { parseMemorySize } from "../cli/memory-size.ts";
import type { LaunchIdentity } from "../daemon/faults.ts";
import type { LaunchRequest, NetworkRequest } from "../daemon/launch-request.ts";
import type { Multipassd } from "../daemon/multipassd.ts";
import type { Capabilities } from "../version.ts";
import { withClientTimeout } from "./client-timeout.ts";
import { type Command, timeoutOption } from "./command.ts";

const launchOptions = (caps: Capabilities): OptionSpec[] => [
  { names: ["c", "cpus"], value: true },
  { names: ["d", "disk"], value: true },
  { names: caps.legacyOptions ? ["m", "memory", "mem"] : ["m", "memory"], value: true },
  { names: ["n", "name"], value: true },
  { names: ["cloud-init"], value: true },
  { names: ["network"], value: true },
  { names: ["bridged"] },
  { names: ["mount"], value: true },
  ...(caps.zones ? [{ names: ["zone"], value: true }] : []),
  timeoutOption,
];

function parseNetwork(spec: string): NetworkRequest {
  const network: NetworkRequest = { id: "", mode: "auto", mac: "" };
  if (!spec.includes("=")) return { ...network, id: spec };
  for (const part of spec.split(",")) {
    const [key = "", value = ""] = part.split("=", 2);
    if (key.toLowerCase() === "name") network.id = value;
    else if (key.toLowerCase() === "mode" && /^(auto|manual)$/i.test(value))
      network.mode = value.toLowerCase();
    else if (key.toLowerCase() === "mac") {
      if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(value))
        throw new ClientExit(`error: Invalid MAC address: ${value}`);
      network.mac = value.toLowerCase();
    } else throw new ClientExit(`error: Bad network field: ${key}`);
  }
  if (network.id === "") throw new ClientExit("error: Bad network definition, need at least a 'name' field");
  return network;
}

interface RequestedMount {
  source: string;
  target: string | undefined;
}

function parseMount(spec: string, cwd: string): RequestedMount {
  const separator = spec.lastIndexOf(":");
  const split = separator > 0 && !(process.platform === "win32" && separator === 1);
  const given = split ? spec.slice(0, separator) : spec;
  const source = resolve(cwd, given);
  if (!existsSync(source)) throw new ClientExit(`Mount source path "${source}" does not exist`);
  if (!statSync(source).isDirectory())
    throw new ClientExit(`Mount source path "${source}" is not a directory`);
  return { source, target: split ? spec.slice(separator + 1) : undefined };
}

async function readCloudInit(context: CommandContext, source: string): Promise<string> {
  const fail = (cause: string) =>
    new ClientExit(
      `Could not load cloud-init configuration: ${cause}\nPlease ensure that Multipass can read it.`,
    );
  let text: string;
  if (source === "-") {
    text = (await context.io.readStdin()).toString("utf8");
  } else if (/^https?:\/\//.test(source)) {
    const response = await fetch(source, { signal: AbortSignal.timeout(60_000) }).catch((error: Error) => {
      throw new ClientException(`failed to download from '${source}': ${error.message}`);
    });
    if (!response.ok) {
      throw new ClientException(
        `failed to download from '${source}': server replied: ${response.statusText}`,
      );
    }
    text = await response.text();
  } else {
    const path = resolve(context.io.cwd, source);
    text = (
      await context.io.readFile(path).catch(() => {
        throw fail(`bad file: ${source}`);
      })
    ).toString("utf8");
  }
  const { writtenAnew } = await import("../client/user-data.ts");
  try {
    return writtenAnew(text);
  } catch (error) {
    throw fail(`yaml-cpp: error: ${(error as Error).message.split("\n")[0]}`);
  }
}

async function parseRequest(
  context: CommandContext,
  args: ParsedArgs,
): Promise<{ request: LaunchRequest; mounts: RequestedMount[] }> {
  const { cwd, home } = context.io;
  if (args.positional.length > 1) throw new ClientExit("Too many arguments supplied");
  let image = args.positional[0] ?? "";
  if (image.startsWith("file://")) image = `file://${resolve(cwd, image.slice("file://".length))}`;
  else if (!/^https?:/.test(image) && image.split(":").length > 2)
    throw new ClientExit("Invalid remote and source image name supplied");
  const cpus = args.value("cpus") ?? "1";
  if (!/^\+?\d+$/.test(cpus) || Number(cpus) < 1) {
    throw new ClientExit(`Error: invalid CPU count '${cpus}', need a positive integer value.`);
  }
  for (const size of [args.value("memory"), args.value("disk")]) {
    if (size !== undefined && parseMemorySize(size) === undefined) {
      throw new ClientException(`${size} is not a valid memory size - need a non-negative integer`);
    }
  }
  const mounts = args.values("mount").map((spec) => parseMount(spec, cwd));
  const cloudInit = args.value("cloud-init");
  const networks = args.values("network").map(parseNetwork);
  if (args.has("bridged")) networks.push({ id: "bridged", mode: "auto", mac: "" });
  const timeout = timeoutOf(args);
  const name = args.value("name");
  if (name !== undefined && name !== "" && name === context.clientStore.primaryName() && existsSync(home)) {
    mounts.push({ source: home, target: "Home" });
  }
  const zone = args.value("zone");
  return {
    request: {
      name,
      image,
      cpus: Number(cpus),
      memory: args.value("memory"),
      disk: args.value("disk"),
      cloudInit: cloudInit === undefined ? "" : await readCloudInit(context, cloudInit),
      networks,
      zone: zone !== undefined && /^\d+$/.test(zone) ? `zone${zone}` : zone,
      timeout,
    },
    mounts,
  };
}

/** Runs a launch as the client does: progress on stdout, then the mounts. */
export async function runLaunch(
  context: CommandContext,
  request: LaunchRequest,
  mounts: RequestedMount[],
): Promise<number> {
  const { spinner } = context;
  const launchFor = (daemon: Multipassd, gone: AbortSignal) =>
    daemon.launcher.launch(request, {
      progress: (message) => {
        if (gone.aborted) return;
        spinner.stop();
        spinner.start(message);
      },
      percent: (percent) => {
        if (gone.aborted) return;
        spinner.stop();
        context.out(`\rRetrieving image: ${percent}%`);
      },
      gone,
    });
  const { daemon, instance, identity } = await withClientTimeout(
    context,
    request.timeout,
    "Timed out waiting for instance launch.",
    async (gone) => {
      const daemon = await context.daemon();
      return { daemon, ...(await context.logged(daemon, () => launchFor(daemon, gone))) };
    },
  );
  spinner.stop();
  context.out(
    context.caps.zones ? `Launched: ${instance.name} in ${instance.zone}\n` : `Launched: ${instance.name}\n`,
  );
  if (mounts.length > 0 && !daemon.mounts.enabled) {
    context.out("Skipping mount due to disabled mounts feature\n");
    return 0;
  }
  for (const mount of mounts) await mountLaunched(context, daemon, identity, mount);
  return 0;
}

/** Mounts a folder after the launch, in a request of its own that can fail separately (phase L). */
async function mountLaunched(
  context: CommandContext,
  daemon: Multipassd,
  identity: LaunchIdentity,
  { source, target }: RequestedMount,
): Promise<void> {
  const { name } = identity;
  const shown = target ?? basename(source);
  context.word = "mount";
  const fault = daemon.faults.launchFault("L", identity);
  if (fault) {
    throw new RpcError(fault.text ?? `The following errors occurred:\nerror mounting "${shown}": timed out`);
  }
  const mount = { source, type: "classic" as const, ...defaultMappings() };
  await daemon.main.run(() => daemon.mounts.add(mount, [{ instance: name, path: target }]));
  context.out(`Mounted '${source}' into '${name}:${shown}'\n`);
}

/** By default the calling user and group map to the guest's default ones. */
export function defaultMappings(): { uidMappings: string[]; gidMappings: string[] } {
  return {
    uidMappings: [`${process.getuid?.() ?? 1000}:default`],
    gidMappings: [`${process.getgid?.() ?? 1000}:default`],
  };
}

export const launch: Command = {
  options: launchOptions,
  async run(context, args) {
    if (context.caps.legacyOptions && context.args.some((argument) => /^--mem(=|$)/.test(argument))) {
      context.err(
        'Warning: the "--mem" long option is deprecated in favour of "--memory". Please update any scripts, etc.\n',
      );
    }
    const { request, mounts } = await parseRequest(context, args);
    context.useSpinner();
    return runLaunch(context, request, mounts);
  },
};
