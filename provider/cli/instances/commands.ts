import type { Command } from "commander";
import { hostOption } from "../option-values.ts";
import type { ShellOptions } from "./shell.ts";
import type { SshConfigOptions } from "./ssh-config.ts";
import type { StatusOptions } from "./status.ts";

export function addInstanceCommands(
  program: Command,
  finish: (exitCode: number) => void,
  signal: AbortSignal,
): void {
  program
    .command("status")
    .description("List the instances that your stacks own, and what is wrong with them.")
    .option("--json", "print the result as JSON")
    .option("-s, --stack <name>", "only instances of this stack, as `dev` or `project/dev`")
    .option("--verify", "ask the `pulumi` CLI whether the stacks still hold their instances")
    .option("--forget", "clear the records of instances that are gone")
    .option("--multipass-path <file>", "the multipass client to ask")
    .addHelpText("after", STATUS_HELP)
    .action(async (options: StatusOptions) => {
      const { status } = await import("./status.ts");
      finish(await status(options, signal));
    });

  program
    .command("ssh-config")
    .description("Print entries of an ssh_config for the instances that your stacks own.")
    .option("-s, --stack <name>", "only instances of this stack, as `dev` or `project/dev`")
    .option("--user <name>", "the user in the guest", "ubuntu")
    .option("--identity <file>", "the private key (default: Multipass's own, where you may read it)")
    .option("--multipass-path <file>", "the multipass client to ask")
    .addHelpText("after", SSH_CONFIG_HELP)
    .action(async (options: SshConfigOptions) => {
      const { sshConfig } = await import("./ssh-config.ts");
      finish(await sshConfig(options, signal));
    });

  program
    .command("shell")
    .description("Open a shell in an instance.")
    .argument("<instance>", "its name, or the URN or name of its resource")
    .option("--host <host>", "the host that the instance is on, reached over ssh", hostOption)
    .option("--multipass-path <file>", "the multipass client to run")
    .addHelpText("after", SHELL_HELP)
    .action(async (instance: string, options: ShellOptions) => {
      const { shell } = await import("./shell.ts");
      finish(await shell(instance, options));
    });
}

const STATUS_HELP = `
Conditions:
  creating    its launch runs
  unfinished  its create was interrupted
  deleted     deleted, but can be recovered
  gone        Multipass no longer has it
  orphaned    the state of its stack does not hold it (only with --verify)
  unknown     its host does not answer

Examples:
  $ pulumi-multipass status --stack dev
  $ pulumi-multipass status --verify            what did \`pulumi destroy\` leave?
  $ pulumi-multipass status --verify --json | jq -r '.instances[] | select(.condition == "orphaned").name'`;

const SSH_CONFIG_HELP = `
Examples:
  $ pulumi-multipass ssh-config > ~/.ssh/multipass      with \`Include multipass\` in ~/.ssh/config
  $ pulumi-multipass ssh-config --stack dev --identity ~/.ssh/id_ed25519
  $ ssh -F <(pulumi-multipass ssh-config) web            only for instances on this computer`;

const SHELL_HELP = `
Examples:
  $ pulumi-multipass shell web
  $ pulumi-multipass shell web --host lab2      where two hosts have a web
  $ pulumi-multipass shell urn:pulumi:dev::shop::multipass-lab:index:Instance::web`;
