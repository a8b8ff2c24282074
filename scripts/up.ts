/**
 * Deploys the quickstart, to show at once what this package is for.
 *
 * Uses the Pulumi CLI and Multipass if both are installed on this computer. Otherwise it uses substitutes,
 * and the output says so: the simulator for Multipass, which boots into the race that this package is about,
 * and the test engine for the CLI.
 *
 *     npm run up                       through the npm package
 *     npm run up -- --door plugin      through the plugin, always on the simulator
 *     npm run up -- --hosts 3          a group of instances over simulated hosts, reached over ssh
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { findClient } from "../provider/driver/binary.ts";
import { type Simulator, startImageServer, startSimulator } from "../simulator/src/index.ts";
import { cliStack, type Deployer, engineStack, findCli, type StackOptions } from "../test/engine/index.ts";
import { hasWay, openSshHosts } from "../test/support/ssh-hosts.ts";

const root = resolve(import.meta.dirname, "..");
const STACK = "dev";
/** Seconds after the start of the simulated host at which the daemon answers and name resolution works. */
const RACE = { socketAt: 3, networkAt: 20 };
/** Seconds until the last of several simulated hosts can be reached. */
const HOST_BOOTS_S = 15;

const { door, hosts } = given();
const hostCount = Number(hosts);
if (!/^(?:0|[1-9]\d?)$/.test(hosts)) refuse(`--hosts is a number up to 99, not ${hosts}`);
if (hostCount > 0 && door !== "dynamic") refuse("--hosts goes with the door dynamic only");
if (door !== "dynamic" && door !== "plugin") refuse(`--door is dynamic or plugin, not ${door}`);
const cli = findCli();
const client = realMultipass();
// The test engine never touches anything real, because nobody keeps its state.
const real = client !== undefined && cli !== "" && door === "dynamic";
const scratch = mkdtempSync(join(tmpdir(), "pulumi-multipass-up-"));
/** What is open, to be closed in reverse order. */
const open: (() => unknown)[] = [() => rmSync(scratch, { recursive: true, force: true })];
try {
  if (hostCount > 0) await deployOverHosts(hostCount);
  else await (real ? deployForReal(client) : deployOnSimulator());
} finally {
  for (const close of open.reverse()) await close();
}

function given(): { door: string; hosts: string } {
  const options = {
    door: { type: "string", default: "dynamic" },
    hosts: { type: "string", default: "0" },
  } as const;
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function refuse(reason: string): never {
  process.stderr.write(`error: ${reason}\n`);
  process.exit(2);
}

function realMultipass(): string | undefined {
  try {
    return findClient();
  } catch {
    return undefined;
  }
}

function whyNotReal(): string {
  if (client === undefined) return "not found";
  return door === "plugin" ? "not used by the plugin's demo" : "not used without the Pulumi CLI";
}

async function deployForReal(multipass: string): Promise<void> {
  say(`Pulumi CLI ${cli} and Multipass (${multipass}): this makes a real machine.`);
  const stateDir = join(root, ".pulumi-multipass");
  mkdirSync(stateDir, { recursive: true });
  await deploy(await cliStack({ dir: root, stack: STACK, stateDir, passphrase: "" }));
  say(
    `Its state is in ${stateDir}. Take the machine away with:\n  PULUMI_BACKEND_URL=file://${stateDir} PULUMI_CONFIG_PASSPHRASE= pulumi destroy --stack ${STACK}`,
  );
}

async function deployOnSimulator(): Promise<void> {
  const images = await startImageServer();
  open.push(() => images.close());
  images.setAvailable(false);
  const simulator = await startSimulator({
    version: "1.16.3",
    faults: {
      socketAt: RACE.socketAt,
      networkAt: RACE.networkAt,
      imageDownloadSeconds: 3,
      guest: { bootSeconds: 3, cloudInitSeconds: 2 },
    },
  });
  open.push(() => simulator.close());
  const network = setTimeout(() => images.setAvailable(true), RACE.networkAt * 1000);
  open.push(() => clearTimeout(network));
  say(`Multipass: ${whyNotReal()}. A SIMULATOR stands in for it; no real machine is made.`);
  say(
    cli
      ? `Pulumi: the CLI ${cli}.`
      : "Pulumi: no `pulumi` on the PATH. This repository's TEST ENGINE stands in for it.",
  );
  say(
    `The simulated host is booting: its daemon answers after ${RACE.socketAt} s, its network is up\nafter ${RACE.networkAt} s, and the daemon itself (a 1.16) would notice that after 35 s.`,
  );
  const env = { ...simulator.env, PULUMI_MULTIPASS_IMAGE_SERVER: images.url };
  await deploySimulated(env, door === "plugin" ? throughPlugin() : { dir: root });
}

/** Two instances for each host, all simulated. The last host answers only after a while. */
async function deployOverHosts(count: number): Promise<void> {
  const way = hasWay("a real sshd") ? "a real sshd" : "a stand-in for ssh";
  const ssh = await openSshHosts(way);
  open.push(() => ssh[Symbol.asyncDispose]());
  const worlds: Simulator[] = [];
  const names = Array.from({ length: count }, (_, index) => `lab${index + 1}`);
  for (const name of names) {
    const guest = { bootSeconds: 3, cloudInitSeconds: 2 };
    const world = await startSimulator({ seed: worlds.length + 1, faults: { guest } });
    open.push(() => world.close());
    worlds.push(world);
    await ssh.add(name, { path: dirname(world.bin) });
  }
  const last = names.at(-1) ?? "";
  await ssh.down(last);
  const boot = setTimeout(() => void ssh.up(last), HOST_BOOTS_S * 1000);
  open.push(() => clearTimeout(boot));
  const engine = cli ? `the CLI ${cli}` : "this repository's TEST ENGINE";
  say(`${count} SIMULATED hosts, each behind ${way}; no real machine is made. Pulumi: ${engine}.`);
  say(`${last} is still booting, and reachable after ${HOST_BOOTS_S} s. Only its own instances wait for it.`);
  const env = { ...worlds[0]?.env, PULUMI_MULTIPASS_SSH: ssh.program };
  const outputs = await deploySimulated(env, { dir: writeProgram(groupOver(names)) });
  for (const one of (outputs?.["nodes"] ?? []) as { name: string; host: string; ip: string }[])
    say(`${one.name} is on ${one.host}: ${one.ip}`);
}

function groupOver(names: readonly string[]): string {
  return `import * as multipass from "pulumi-multipass";

const group = new multipass.InstanceGroup("node", {
  count: ${names.length * 2},
  hosts: ${JSON.stringify(names)},
  namePrefix: "node",
});

export const nodes = group.members.map(({ name, host, ipAddress: ip }) => ({ name, host, ip }));
`;
}

/**
 * The quickstart as a program of the plugin. A small module stands in for the SDK that `pulumi package add`
 * generates.
 */
function throughPlugin(): Program {
  const sdk = pathToFileURL(join(root, "test/doors/sdk.ts")).href;
  const program = readFileSync(join(root, "examples/quickstart/index.ts"), "utf8");
  const path = [join(root, "dist/plugin"), process.env["PATH"]].join(delimiter);
  say("Door: the plugin multipass-lab, as programs in every language of Pulumi use it.");
  return {
    dir: writeProgram(program.replace('"pulumi-multipass"', JSON.stringify(sdk))),
    env: { PATH: path },
    plugin: "multipass-lab",
  };
}

/** Writes a program that finds this repository's packages. @returns its folder */
function writeProgram(source: string): string {
  const dir = join(scratch, "program");
  mkdirSync(dir);
  symlinkSync(join(root, "node_modules"), join(dir, "node_modules"));
  writeFileSync(join(dir, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(join(dir, "index.ts"), source);
  const project = readFileSync(join(root, "Pulumi.yaml"), "utf8");
  writeFileSync(join(dir, "Pulumi.yaml"), project.replace(/^main:.*$/m, "main: index.ts"));
  return dir;
}

type Program = Pick<StackOptions, "dir" | "env" | "plugin">;

/** Deploys with the Pulumi CLI, or what stands in for it. @param env that of the simulated hosts */
async function deploySimulated(env: Record<string, string>, program: Program) {
  const stateDir = join(scratch, "state");
  mkdirSync(stateDir);
  const stack = await (cli ? cliStack : engineStack)({
    ...program,
    stack: STACK,
    stateDir,
    env: {
      ...env,
      ...program.env,
      PULUMI_MULTIPASS_STATE_DIR: join(scratch, "journal"),
      // The SDK uses a feature that Node.js 26 warns about on every start.
      NODE_OPTIONS: "--disable-warning=ExperimentalWarning",
    },
  });
  return deploy(stack);
}

async function deploy(stack: Deployer): Promise<Record<string, unknown> | undefined> {
  const started = Date.now();
  const color = process.stdout.isTTY && !process.env["NO_COLOR"];
  const result = await stack.up({ color, onOutput: (text) => process.stdout.write(text) });
  await stack.dispose();
  if (!result.ok) {
    process.exitCode = 1;
    return undefined;
  }
  const seconds = Math.round((Date.now() - started) / 1000);
  const { name, ip } = result.outputs;
  say(
    name
      ? `\nThe machine "${name}" is ready after ${seconds} s. Its address: ${ip}`
      : `\nReady after ${seconds} s.`,
  );
  return result.outputs;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
