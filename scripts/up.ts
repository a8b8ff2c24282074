/**
 * Deploys the quickstart, to show at once what this package is for.
 *
 * Uses the Pulumi CLI and Multipass if both are installed on this computer. Otherwise it uses substitutes,
 * and the output says so: the simulator for Multipass, which boots into the race that this package is about,
 * and the test engine for the CLI.
 *
 *     npm run up                       through the npm package
 *     npm run up -- --door plugin      through the plugin, always on the simulator
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { findClient } from "../provider/driver/binary.ts";
import { startImageServer, startSimulator } from "../simulator/src/index.ts";
import { cliStack, type Deployer, engineStack, findCli } from "../test/engine/index.ts";

const root = resolve(import.meta.dirname, "..");
const STACK = "dev";
/** Seconds after the start of the simulated host at which the daemon answers and name resolution works. */
const RACE = { socketAt: 3, networkAt: 20 };

const { door } = parseArgs({ options: { door: { type: "string", default: "dynamic" } } }).values;
if (door !== "dynamic" && door !== "plugin") throw new Error(`--door is dynamic or plugin, not ${door}`);
const cli = findCli();
const client = realMultipass();
// The test engine never touches anything real, because nobody keeps its state.
const real = client !== undefined && cli !== "" && door === "dynamic";
await (real ? deployForReal(client) : deployOnSimulator());

function realMultipass(): string | undefined {
  try {
    return findClient();
  } catch {
    return undefined;
  }
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
  const scratch = mkdtempSync(join(tmpdir(), "pulumi-multipass-up-"));
  const images = await startImageServer();
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
  const network = setTimeout(() => images.setAvailable(true), RACE.networkAt * 1000);
  try {
    say(
      `Multipass: ${client === undefined ? "not found here" : "left alone, for want of a Pulumi CLI or because of --door"}. A SIMULATOR stands in for it; no real machine is made.`,
    );
    say(
      cli
        ? `Pulumi: the CLI ${cli}.`
        : "Pulumi: no `pulumi` on the PATH. This repository's TEST ENGINE stands in for it.",
    );
    say(
      `The simulated host is just booting: its daemon answers after ${RACE.socketAt} s, name resolution works after ${RACE.networkAt} s, and the daemon itself (a 1.16) would look at its image servers again after 35 s.`,
    );
    const env = {
      ...simulator.env,
      PULUMI_MULTIPASS_IMAGE_SERVER: images.url,
      PULUMI_MULTIPASS_STATE_DIR: join(scratch, "journal"),
      // The SDK uses a feature that Node.js 26 warns about on every start.
      NODE_OPTIONS: "--disable-warning=ExperimentalWarning",
    };
    const open = cli ? cliStack : engineStack;
    const stateDir = join(scratch, "state");
    mkdirSync(stateDir);
    await deploy(
      await open(
        door === "plugin"
          ? { ...throughPlugin(join(scratch, "program"), env), stack: STACK, stateDir }
          : { dir: root, stack: STACK, stateDir, env },
      ),
    );
  } finally {
    clearTimeout(network);
    await simulator.close();
    await images.close();
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * The quickstart as a program of the plugin. A small module stands in for the SDK that `pulumi package add`
 * generates.
 */
function throughPlugin(dir: string, env: Record<string, string>) {
  const sdk = pathToFileURL(join(root, "test/doors/sdk.ts")).href;
  const program = readFileSync(join(root, "examples/quickstart/index.ts"), "utf8");
  mkdirSync(dir);
  symlinkSync(join(root, "node_modules"), join(dir, "node_modules"));
  writeFileSync(join(dir, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(join(dir, "index.ts"), program.replace('"pulumi-multipass"', JSON.stringify(sdk)));
  const project = readFileSync(join(root, "Pulumi.yaml"), "utf8");
  writeFileSync(join(dir, "Pulumi.yaml"), project.replace(/^main:.*$/m, "main: index.ts"));
  const path = [join(root, "dist/plugin"), process.env["PATH"]].join(delimiter);
  say("Door: the plugin multipass-lab, as programs in every language of Pulumi use it.");
  return { dir, env: { ...env, PATH: path }, plugin: "multipass-lab" };
}

async function deploy(stack: Deployer): Promise<void> {
  const started = Date.now();
  const color = process.stdout.isTTY && !process.env["NO_COLOR"];
  const result = await stack.up({ color, onOutput: (text) => process.stdout.write(text) });
  await stack.dispose();
  if (!result.ok) {
    process.exitCode = 1;
    return;
  }
  const seconds = Math.round((Date.now() - started) / 1000);
  say(
    `\nThe machine "${result.outputs["name"]}" is ready after ${seconds} s. Its address: ${result.outputs["ip"]}`,
  );
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
