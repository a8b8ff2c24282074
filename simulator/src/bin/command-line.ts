import { readFileSync } from "node:fs";
import { Argument, Command, CommanderError, InvalidArgumentError } from "commander";
import { capabilitiesOf, KNOWN_VERSIONS } from "../version.ts";
import { EXIT } from "./exit-codes.ts";
import { type RunOptions, runSimulated } from "./run.ts";

const HELP = `
COMMAND finds the simulated client first on its PATH, and in MULTIPASS_BIN. The type FaultPlan of this package
describes a fault plan.

Exit codes: those of COMMAND, and
  ${EXIT.usage}    the command line was not understood
  ${EXIT.failed}  the simulation could not be started
  ${EXIT.notExecutable}  COMMAND could not be run
  ${EXIT.notFound}  COMMAND was not found

Examples:
  $ multipass-simulator run -- sh -c 'multipass launch --name web && multipass list'
  $ echo '{ "networkAt": "200s" }' > boot-race.json
  $ multipass-simulator run --version 1.16.3 --faults boot-race.json --time-scale 10 -- pulumi up --yes`;

function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

function positiveNumber(text: string): number {
  const number = Number(text);
  if (!(number > 0 && number < Number.POSITIVE_INFINITY))
    throw new InvalidArgumentError("It must be above 0.");
  return number;
}

function versionOption(text: string): string {
  try {
    capabilitiesOf(text);
    return text;
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

const program = new Command("multipass-simulator")
  .description("A simulator of Canonical Multipass: no virtual machine is ever started.")
  .version(packageVersion())
  .exitOverride()
  .enablePositionalOptions()
  .showHelpAfterError("(use --help for the options)");

program
  .command("run")
  .description("Run a command on a simulated host.")
  .usage("[options] -- COMMAND [ARGUMENTS...]")
  .addArgument(new Argument("<command...>", "the command to run; its exit code is passed on"))
  .option(
    "--version <version>",
    `the Multipass to behave as: ${KNOWN_VERSIONS.join(", ")} (default: 1.17.0, or that of the host in --dir)`,
    versionOption,
  )
  .option("--faults <file>", "JSON file of what goes wrong, and when")
  .option("--time-scale <n>", "simulated seconds per real second", positiveNumber, 1)
  .option("--seed <n>", "seed for everything random", positiveNumber, 1)
  .option("--dir <folder>", "keep the simulated host in this folder, or continue with the one there")
  .passThroughOptions()
  .addHelpText("after", HELP)
  .action(async (command: [string, ...string[]], options: RunOptions) => {
    process.exitCode = await runSimulated(command, options);
  });

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has already printed the problem. Help and version also end here, with code 0.
    process.exitCode = error.exitCode === 0 ? 0 : EXIT.usage;
  } else {
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = EXIT.failed;
  }
}
