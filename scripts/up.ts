/**
 * Deploys the quickstart, to show at once what this package is for.
 *
 * Uses the Pulumi CLI and Multipass if both are installed on this computer. Otherwise it uses substitutes,
 * and the output says so: the simulator for Multipass, which boots into the race that this package is about,
 * and the test engine for the CLI.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { findClient } from "../provider/driver/binary.ts";
import { startImageServer, startSimulator } from "../simulator/src/index.ts";
import { cliStack, type Deployer, engineStack, findCli } from "../test/engine/index.ts";

const root = resolve(import.meta.dirname, "..");
const STACK = "dev";
/** Seconds after the start of the simulated host at which the daemon answers and name resolution works. */
const RACE = { socketAt: 3, networkAt: 20 };

const cli = findCli();
const client = realMultipass();
// The test engine never touches anything real, because nobody keeps its state.
const real = client !== undefined && cli !== "";
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
      `Multipass: ${client === undefined ? "not found here" : "left alone, since there is no Pulumi CLI"}. A SIMULATOR stands in for it; no real machine is made.`,
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
    await deploy(await open({ dir: root, stack: STACK, stateDir, env }));
  } finally {
    clearTimeout(network);
    await simulator.close();
    await images.close();
    rmSync(scratch, { recursive: true, force: true });
  }
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
