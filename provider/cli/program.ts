import { Argument, Command, Option } from "commander";
import { SHELLS } from "./completion/shells.ts";
import type { DoctorOptions } from "./doctor/command.ts";
import type { Level } from "./doctor/remedies.ts";
import { durationOption } from "./duration-option.ts";
import { EXIT } from "./exit-codes.ts";
import { packageVersion } from "./package-version.ts";
import { FORMATS, type TimelineOptions } from "./timeline/formats.ts";

/** The longest pause between the daemon's fetches of its image list (15 minutes), and time for the rest. */
const DEFAULT_WAIT = "20m";

/**
 * The command line. Each command's code is loaded when it runs, so that `--help` and completion respond at
 * once.
 *
 * @param finish receives the exit code when a command ends
 * @param signal raised when the process is asked to end
 */
export function buildProgram(finish: (exitCode: number) => void, signal: AbortSignal): Command {
  const program = new Command("pulumi-multipass")
    .description("Tools around the Pulumi provider for Canonical Multipass.")
    .version(packageVersion())
    .exitOverride()
    .showHelpAfterError("(use --help for the options)")
    .addHelpText("after", EXAMPLES);
  addDoctor(program, finish, signal);
  addTimeline(program, finish, signal);
  addPlugin(program, finish);
  addCompletion(program, finish);
  return program;
}

const EXAMPLES = `
Examples:
  $ pulumi-multipass doctor                        what is missing for a launch, and what to do
  $ pulumi-multipass doctor --wait && pulumi up    once the host is ready
  $ pulumi-multipass timeline -o timeline.html     where the minutes of a create went
  $ pulumi-multipass plugin install                for programs in Python, Go, C#, Java and YAML

Exit codes:
  ${EXIT.ok}  it worked
  ${EXIT.failed}  it did not
  ${EXIT.usage}  the command line was not understood
  doctor has more, see its help

Environment:
  MULTIPASS_BIN          the multipass client, where it is not on the PATH
  NO_COLOR, FORCE_COLOR  switch colours off or on`;

function addDoctor(program: Command, finish: (exitCode: number) => void, signal: AbortSignal): void {
  program
    .command("doctor")
    .description("Check all that a launch needs, without creating anything.")
    .option("--json", "print the results as JSON")
    .option("--wait", "wait until a launch would work, or something is missing that does not come by itself")
    .addOption(
      new Option("--timeout <duration>", "how long --wait waits")
        .argParser(durationOption)
        .default(durationOption(DEFAULT_WAIT), DEFAULT_WAIT),
    )
    .option("--direct", "be content when an image can be launched by URL, as `pulumi up` does where it must")
    .addOption(
      new Option(
        "--fix [level]",
        "ask Multipass to set right what it can; with `restart` its daemon may be restarted",
      )
        .choices(["gentle", "restart"])
        .preset("gentle"),
    )
    .option("--force", "let --fix=restart interrupt instances that run")
    .option("--restart-command <command>", "how the daemon is restarted on this host")
    .option("--multipass-path <file>", "the multipass client to examine")
    .addHelpText("after", DOCTOR_HELP)
    .action(async (o: DoctorFlags) => {
      const { doctor } = await import("./doctor/command.ts");
      const options: DoctorOptions = {
        json: o.json,
        waitMs: o.wait ? o.timeout : undefined,
        byUrl: o.direct,
        fix: o.fix,
        force: o.force,
        restartCommand: o.restartCommand,
        multipassPath: o.multipassPath,
      };
      finish(await doctor(options, { signal }));
    });
}

interface DoctorFlags {
  json?: boolean;
  wait?: boolean;
  timeout: number;
  direct?: boolean;
  fix?: Level;
  force?: boolean;
  restartCommand?: string;
  multipassPath?: string;
}

const DOCTOR_HELP = `
Exit codes:
  ${EXIT.ok}  a launch would work (warnings are no obstacle)
  ${EXIT.failed}  something has to be changed first
  ${EXIT.usage}  the command line was not understood
  ${EXIT.notReady}  not ready yet, but what is missing comes by itself
  ${EXIT.timedOut}  --wait has run out of time

Examples:
  $ pulumi-multipass doctor --json | jq '.checks[] | select(.status == "fail")'
  $ pulumi-multipass doctor --wait --timeout 5m
  $ pulumi-multipass doctor --fix=restart --wait

In a systemd unit that launches machines at boot:
  ExecStartPre=/usr/bin/env pulumi-multipass doctor --wait`;

function addTimeline(program: Command, finish: (exitCode: number) => void, signal: AbortSignal): void {
  program
    .command("timeline")
    .description("Draw where the time of a stack's creates went.")
    .option("-s, --stack <name>", "the stack (default: the selected one)")
    .option("-C, --cwd <folder>", "folder of the Pulumi project (default: this one)")
    .option("--file <file>", "read this output of `pulumi stack export` in place of running it; - is stdin")
    .addOption(
      new Option("-f, --format <format>", "default: by the output's name, else text").choices(FORMATS),
    )
    .option("-o, --output <file>", "write to this file (default: stdout)")
    .addHelpText("after", TIMELINE_HELP)
    .action(async (options: TimelineOptions) => {
      const { timeline } = await import("./timeline/command.ts");
      finish(await timeline(options, signal));
    });
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

function addPlugin(program: Command, finish: (exitCode: number) => void): void {
  program
    .command("plugin")
    .description("Install the plugin for Pulumi programs in other languages than JavaScript and TypeScript.")
    .addArgument(
      new Argument(
        "<action>",
        "put the plugin of this package into Pulumi's cache, without a network",
      ).choices(["install"]),
    )
    .addHelpText("after", PLUGIN_HELP)
    .action(async () => {
      const { installPlugin } = await import("./plugin/install.ts");
      finish(installPlugin());
    });
}

const PLUGIN_HELP = `
Environment:
  PULUMI_HOME  Pulumi's own folder (default: ~/.pulumi); the plugin goes into its folder \`plugins\`

Examples:
  $ pulumi-multipass plugin install && pulumi plugin ls
  $ pulumi package add multipass-lab    an SDK for the program in this folder, from the plugin`;

function addCompletion(program: Command, finish: (exitCode: number) => void): void {
  program
    .command("completion")
    .description("Print the completion script of a shell.")
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .addHelpText("after", COMPLETION_HELP)
    .action(async (shell: (typeof SHELLS)[number]) => {
      const { completionScript } = await import("./completion/script.ts");
      process.stdout.write(completionScript(program, shell));
      finish(EXIT.ok);
    });
}

const COMPLETION_HELP = `
Examples:
  bash  $ pulumi-multipass completion bash > ~/.local/share/bash-completion/completions/pulumi-multipass
  zsh   $ pulumi-multipass completion zsh > "\${fpath[1]}/_pulumi-multipass"
  fish  $ pulumi-multipass completion fish > ~/.config/fish/completions/pulumi-multipass.fish`;
