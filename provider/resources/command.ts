import * as pulumi from "@pulumi/pulumi";
import { hiddenInputs, type MachineArgs, MODULE, nameInMultipass } from "./base.ts";

/** The arguments of a {@link Command}. */
export interface CommandArgs extends MachineArgs {
  /**
   * What is run when the resource is created: a list of words, each passed on as it is, or with `shell` the text of a script. Changed, it
   * runs again (or `update` does).
   */
  create: pulumi.Input<string | pulumi.Input<string>[]>;
  /** What is run when an argument has changed. Default: `create` again. */
  update?: pulumi.Input<string | pulumi.Input<string>[]>;
  /** What is run when the resource is deleted, if the machine is still there. Default: nothing. */
  delete?: pulumi.Input<string | pulumi.Input<string>[]>;
  /** Whether the commands are scripts for the guest's `sh`, with pipes, variables and wildcards. Default false. */
  shell?: pulumi.Input<boolean>;
  /** Variables of the command. They are handed over on stdin: no process list of the host ever shows them. */
  environment?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Text for the command's stdin. */
  stdin?: pulumi.Input<string>;
  /** Folder in the guest. Default: the home folder of its user. */
  workingDirectory?: pulumi.Input<string>;
  /** Values of any kind; when one changes the resource is replaced, so that `create` runs anew (and then `delete` of the old one). */
  triggers?: pulumi.Input<unknown[]>;
  /** Exit codes that are no failure. Default `[0]`. */
  acceptedExitCodes?: pulumi.Input<pulumi.Input<number>[]>;
  /** Whether `update` and `delete` find the last output as `PULUMI_COMMAND_STDOUT` and `PULUMI_COMMAND_STDERR`. Default true. */
  addPreviousOutputInEnv?: pulumi.Input<boolean>;
}

const TYPE = "Command";

/** See `instance.ts`: captures nothing, one line a method. */
const provider: pulumi.dynamic.ResourceProvider = {
  check: (olds, news) => import("pulumi-multipass/runtime").then(({ command }) => command.check(olds, news)),
  diff: (id, olds, news) =>
    import("pulumi-multipass/runtime").then(({ command }) => command.diff(id, olds, news)),
  create: (inputs) => import("pulumi-multipass/runtime").then(({ command }) => command.create(inputs)),
  read: (id, props) => import("pulumi-multipass/runtime").then(({ command }) => command.read(id, props)),
  update: (id, olds, news) =>
    import("pulumi-multipass/runtime").then(({ command }) => command.update(id, olds, news)),
  delete: (id, props) => import("pulumi-multipass/runtime").then(({ command }) => command.delete(id, props)),
};

/**
 * A command in a machine, run when the resource is created, changed or deleted. Its arguments are those of `@pulumi/command`.
 *
 * It runs as the guest's default user (use `sudo` for more), once, and only in a machine that runs: a stopped one is never started for it.
 * A run that fails fails the deployment, with what it printed; the next `up` runs it again.
 *
 * `stdout` and `stderr` are not secret by themselves, even where the environment is: say `additionalSecretOutputs: ["stdout"]` in the
 * resource's options if what is printed has to be kept.
 *
 * @example
 * ```ts
 * const migrate = new multipass.Command("migrate", {
 *   instance: vm,
 *   create: ["./manage.py", "migrate"],
 *   workingDirectory: "/srv/app",
 *   environment: { DATABASE_PASSWORD: config.requireSecret("databasePassword") },
 *   triggers: [release],
 * });
 * ```
 * @example
 * A secret that the machine has made:
 * ```ts
 * const token = new multipass.Command(
 *   "token",
 *   { instance: server, create: ["sudo", "cat", "/var/lib/rancher/k3s/server/node-token"] },
 *   { additionalSecretOutputs: ["stdout"] },
 * ).stdout;
 * ```
 */
export class Command extends pulumi.dynamic.Resource {
  /** Name of the machine. */
  declare readonly instance: pulumi.Output<string>;
  /** What the last run wrote to its stdout, without the last line's end. */
  declare readonly stdout: pulumi.Output<string>;
  /** What the last run wrote to its stderr, without the last line's end. */
  declare readonly stderr: pulumi.Output<string>;
  /** Exit code of the last run. */
  declare readonly exitCode: pulumi.Output<number>;

  constructor(name: string, args: CommandArgs, opts: pulumi.CustomResourceOptions = {}) {
    super(
      provider,
      name,
      {
        stdout: undefined,
        stderr: undefined,
        exitCode: undefined,
        ...args,
        ...hiddenInputs(TYPE, name, args, opts),
        instance: nameInMultipass(args.instance),
      },
      opts,
      MODULE,
      TYPE,
    );
  }
}
