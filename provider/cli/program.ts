import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { parseDuration } from "../core/operation/deadline.ts";
import { isDestination } from "../driver/transport/destination.ts";
import type { Shell } from "./completion/script.ts";
import type { DoctorOptions } from "./doctor/command.ts";
import { EXIT } from "./exit-codes.ts";
import type { ShellOptions } from "./instances/shell.ts";
import type { SshConfigOptions } from "./instances/ssh-config.ts";
import type { StatusOptions } from "./instances/status.ts";
import { packageVersion } from "./package-version.ts";
import type { Format, TimelineOptions } from "./timeline/command.ts";

/** The longest pause between the daemon's fetches of its image list (15 minutes), and time for the rest. */
const DEFAULT_WAIT = "20m";

/** Runs a command, which returns its exit code, with a signal that is raised when the process is asked to end. */
export type Run = (command: (signal: AbortSignal) => number | Promise<number>) => Promise<void>;

/**
 * The command line. Each command's code is loaded when it runs, so that `--help` and completion respond at
 * once.
 */
export function buildProgram(run: Run): Command {
  const program = new Command("pulumi-multipass")
    .description("Tools for the Pulumi provider for Canonical Multipass.")
    .version(packageVersion())
    .exitOverride()
    .showHelpAfterError("(use --help for the options)")
    .addHelpText("after", EXAMPLES);
  addDoctor(program, run);
  addTimeline(program, run);
  addStatus(program, run);
  addSshConfig(program, run);
  addShell(program, run);
  addPlugin(program, run);
  addCompletion(program, run);
  return program;
}

const EXAMPLES = `
Examples:
  $ pulumi-multipass doctor                        what is missing for a launch, and what to do
  $ pulumi-multipass doctor --wait && pulumi up    once the host is ready
  $ pulumi-multipass timeline -o timeline.html     where the minutes of a create went
  $ pulumi-multipass status                        which instances belong to which stack
  $ pulumi-multipass plugin install                for programs in Python, Go, C#, Java and YAML

Exit codes:
  ${EXIT.ok}  it worked
  ${EXIT.failed}  it did not
  ${EXIT.usage}  the command line was not understood
  doctor has more, see its help

Environment:
  MULTIPASS_BIN          the multipass client, if it is not on the PATH
  NO_COLOR, FORCE_COLOR  switch colours off or on`;

function addDoctor(program: Command, run: Run): void {
  program
    .command("doctor")
    .description("Check everything that a launch needs, without creating anything.")
    .option("--json", "print the results as JSON")
    .option("--wait", "wait until a launch would work, or until something needs fixing")
    .addOption(
      new Option("--timeout <duration>", "how long --wait waits")
        .argParser(durationOption)
        .default(durationOption(DEFAULT_WAIT), DEFAULT_WAIT),
    )
    .option(
      "--direct",
      "count as ready if images can only be launched by URL, which is enough for `pulumi up`",
    )
    .addOption(
      new Option(
        "--fix [level]",
        "let Multipass fix what it can; `restart` also allows a restart of its daemon",
      )
        .choices(["gentle", "restart"])
        .preset("gentle"),
    )
    .option("--force", "let --fix=restart interrupt running instances")
    .option("--restart-command <command>", "command that restarts the daemon on this host")
    .option("--multipass-path <file>", "the multipass client to examine")
    .option("--host <host>", "the host to examine, reached over ssh, such as user@lab2", hostOption)
    .addHelpText("after", DOCTOR_HELP)
    .hook("preAction", (doctor) => {
      const { fix, force, restartCommand } = doctor.opts<DoctorOptions>();
      const idle = force ? "--force" : restartCommand === undefined ? undefined : "--restart-command";
      if (idle && fix !== "restart")
        doctor.error(`error: option '${idle}' has no effect without --fix=restart`);
    })
    .action((options: DoctorOptions) =>
      run(async (signal) => (await import("./doctor/command.ts")).doctor(options, { signal })),
    );
}

const DOCTOR_HELP = `
Exit codes:
  ${EXIT.ok}  a launch would work, perhaps with warnings
  ${EXIT.failed}  something needs fixing first
  ${EXIT.usage}  the command line was not understood
  ${EXIT.notReady}  not ready yet, but needs no action
  ${EXIT.timedOut}  --wait ran out of time
  130, 143 when ended by SIGINT or SIGTERM

Examples:
  $ pulumi-multipass doctor --json | jq '.checks[] | select(.status == "fail")'
  $ pulumi-multipass doctor --wait --timeout 5m
  $ pulumi-multipass doctor --fix=restart --wait

In a systemd unit that launches instances at boot:
  ExecStartPre=/usr/bin/env pulumi-multipass doctor --wait`;

const FORMATS: readonly Format[] = ["text", "svg", "html", "chrome", "otlp"];

function addTimeline(program: Command, run: Run): void {
  program
    .command("timeline")
    .description("Show where the time went while a stack's instances were created.")
    .option("-s, --stack <name>", "the stack (default: the selected one)")
    .option("-C, --cwd <folder>", "folder of the Pulumi project (default: this one)")
    .option("--file <file>", "read this output of `pulumi stack export` instead of running it; - is stdin")
    .addOption(
      new Option("-f, --format <format>", "default: by the extension of --output, else text").choices(
        FORMATS,
      ),
    )
    .option("-o, --output <file>", "write to this file (default: stdout)")
    .addHelpText("after", TIMELINE_HELP)
    .action((options: TimelineOptions) =>
      run(async (signal) => (await import("./timeline/command.ts")).timeline(options, signal)),
    );
}

const TIMELINE_HELP = `
Formats:
  text    a chart for the terminal
  svg     a Gantt chart
  html    the chart and its numbers as a page
  chrome  a trace for https://ui.perfetto.dev or chrome://tracing (.json)
  otlp    a trace for an OpenTelemetry collector, in OTLP's JSON form

Examples:
  $ pulumi-multipass timeline --stack dev -o timeline.html
  $ pulumi stack export | pulumi-multipass timeline --file -
  $ pulumi-multipass timeline -f otlp | curl -H 'content-type: application/json' --data @- http://localhost:4318/v1/traces`;

function addStatus(program: Command, run: Run): void {
  program
    .command("status")
    .description("List the instances that your stacks own, and what is wrong with them.")
    .option("--json", "print the result as JSON")
    .option("-s, --stack <name>", "only instances of this stack, as `dev` or `project/dev`")
    .option("--verify", "ask the `pulumi` CLI whether the stacks still hold their instances")
    .option("--forget", "clear the records of instances that are gone")
    .option("--multipass-path <file>", "the multipass client to ask")
    .addHelpText("after", STATUS_HELP)
    .action((options: StatusOptions) =>
      run(async (signal) => (await import("./instances/status.ts")).status(options, signal)),
    );
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

function addSshConfig(program: Command, run: Run): void {
  program
    .command("ssh-config")
    .description("Print entries of an ssh_config for the instances that your stacks own.")
    .option("-s, --stack <name>", "only instances of this stack, as `dev` or `project/dev`")
    .option("--user <name>", "the user in the guest", "ubuntu")
    .option("--identity <file>", "the private key (default: Multipass's own, where you may read it)")
    .option("--multipass-path <file>", "the multipass client to ask")
    .addHelpText("after", SSH_CONFIG_HELP)
    .action((options: SshConfigOptions) =>
      run(async (signal) => (await import("./instances/ssh-config.ts")).sshConfig(options, signal)),
    );
}

const SSH_CONFIG_HELP = `
Examples:
  $ pulumi-multipass ssh-config > ~/.ssh/multipass      with \`Include multipass\` in ~/.ssh/config
  $ pulumi-multipass ssh-config --stack dev --identity ~/.ssh/id_ed25519
  $ ssh -F <(pulumi-multipass ssh-config) web            only for instances on this computer`;

function addShell(program: Command, run: Run): void {
  program
    .command("shell")
    .description("Open a shell in an instance.")
    .argument("<instance>", "its name, or the URN or name of its resource")
    .option("--host <host>", "the host that the instance is on, reached over ssh", hostOption)
    .option("--multipass-path <file>", "the multipass client to run")
    .addHelpText("after", SHELL_HELP)
    .action((instance: string, options: ShellOptions) =>
      run(async () => (await import("./instances/shell.ts")).shell(instance, options)),
    );
}

const SHELL_HELP = `
Examples:
  $ pulumi-multipass shell web
  $ pulumi-multipass shell web --host lab2      where two hosts have a web
  $ pulumi-multipass shell urn:pulumi:dev::shop::multipass-lab:index:Instance::web`;

function addPlugin(program: Command, run: Run): void {
  program
    .command("plugin")
    .description("Install the plugin for Pulumi programs in languages other than JavaScript and TypeScript.")
    .addArgument(
      new Argument("<action>", "copy this package's plugin into Pulumi's cache; needs no network").choices([
        "install",
      ]),
    )
    .addHelpText("after", PLUGIN_HELP)
    .action(() => run(async () => (await import("./plugin/install.ts")).installPlugin()));
}

const PLUGIN_HELP = `
Environment:
  PULUMI_HOME  Pulumi's own folder (default: ~/.pulumi); the plugin goes into its folder \`plugins\`

Examples:
  $ pulumi-multipass plugin install && pulumi plugin ls
  $ pulumi package add multipass-lab    an SDK for the program in this folder, from the plugin`;

const SHELLS: readonly Shell[] = ["bash", "zsh", "fish"];

function addCompletion(program: Command, run: Run): void {
  program
    .command("completion")
    .description("Print the completion script of a shell.")
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .addHelpText("after", COMPLETION_HELP)
    .action((shell: Shell) =>
      run(async () => {
        const { completionScript } = await import("./completion/script.ts");
        process.stdout.write(completionScript(program, shell));
        return EXIT.ok;
      }),
    );
}

const COMPLETION_HELP = `
Examples:
  bash  $ pulumi-multipass completion bash > ~/.local/share/bash-completion/completions/pulumi-multipass
  zsh   $ pulumi-multipass completion zsh > "\${fpath[1]}/_pulumi-multipass"
  fish  $ pulumi-multipass completion fish > ~/.config/fish/completions/pulumi-multipass.fish`;

/** Parses an option's duration into milliseconds. @throws InvalidArgumentError, which commander shows */
function durationOption(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms <= 0) throw new InvalidArgumentError('Write it as "90s", "20m" or "1h30m".');
  return ms;
}

/** @throws InvalidArgumentError for a text that names no host */
function hostOption(text: string): string {
  if (isDestination(text)) return text;
  throw new InvalidArgumentError("It is not a host for ssh.");
}
