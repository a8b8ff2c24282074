import type * as pulumi from "@pulumi/pulumi";
import { type InInstanceArgs, MultipassResource, providerOf } from "./base.ts";

/** The arguments of a {@link Command}. */
export interface CommandArgs extends InInstanceArgs {
  /**
   * Command to run when the resource is created: an array of words, each passed unchanged, or with `shell`
   * or `interpreter` a script as a string. When it changes, it runs again (or `update` does).
   */
  create: pulumi.Input<string | pulumi.Input<string>[]>;
  /** Command to run when an argument changes. Default: `create` again. */
  update?: pulumi.Input<string | pulumi.Input<string>[]>;
  /** Command to run when the resource is deleted, if the instance still exists. Default: nothing. */
  delete?: pulumi.Input<string | pulumi.Input<string>[]>;
  /**
   * Whether the commands are scripts for the guest's `sh`, with pipes, variables and wildcards. Default
   * false.
   */
  shell?: pulumi.Input<boolean>;
  /**
   * Program that runs the commands, with its options, such as `["python3", "-c"]`. The commands are then
   * strings, and each is its last argument.
   */
  interpreter?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Environment variables of the command. They are passed on stdin, so the host's process list never shows
   * them.
   */
  environment?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Text for the command's stdin. */
  stdin?: pulumi.Input<string>;
  /** Working directory in the guest. Default: the home folder of the guest's user. */
  workingDirectory?: pulumi.Input<string>;
  /**
   * Values of any kind. When one changes, the resource is replaced: `create` runs again, then `delete` of the
   * old resource.
   */
  triggers?: pulumi.Input<unknown[]>;
  /** Exit codes that count as success. Default `[0]`. */
  acceptedExitCodes?: pulumi.Input<pulumi.Input<number>[]>;
  /**
   * Whether `update` and `delete` receive the last output as `PULUMI_COMMAND_STDOUT` and
   * `PULUMI_COMMAND_STDERR`. Default true.
   */
  addPreviousOutputInEnv?: pulumi.Input<boolean>;
  /**
   * Files of the guest to return as the output `assets`, as patterns of paths from the working directory, or
   * from `/`. `*` matches anything but `/`, and `**` also that; `!` excludes what was matched so far. The
   * content goes into the state: it must be text, of at most 4 MiB in all.
   */
  assetPaths?: pulumi.Input<pulumi.Input<string>[]>;
  /** Files of the guest to return together as the output `archive`. Patterns and limits as in `assetPaths`. */
  archivePaths?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Which output goes into the log of the deployment, line by line: `"stdout"`, `"stderr"` or
   * `"stdoutAndStderr"`. By default only the row of the command shows the last line, after a second. `"none"`
   * turns that off, too.
   */
  logging?: pulumi.Input<"stdout" | "stderr" | "stdoutAndStderr" | "none">;
}

const provider = providerOf("command");

/**
 * A command in an instance, run when the resource is created, changed or deleted. It takes the same arguments
 * as `@pulumi/command`.
 *
 * It runs once, as the guest's default user (use `sudo` for more). The instance must be running; a stopped
 * one is never started for a command. A failed run fails the deployment and shows its output; the next `up`
 * runs it again.
 *
 * `stdout` and `stderr` are not secret by default, even if `environment` is. To keep the output secret, set
 * `additionalSecretOutputs: ["stdout"]` in the resource's options. Neither row nor log shows such output.
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
 * A secret that the instance generated:
 * ```ts
 * const token = new multipass.Command(
 *   "token",
 *   { instance: server, create: ["sudo", "cat", "/var/lib/rancher/k3s/server/node-token"] },
 *   { additionalSecretOutputs: ["stdout"] },
 * ).stdout;
 * ```
 */
export class Command extends MultipassResource {
  /** Name of the instance. */
  declare readonly instance: pulumi.Output<string>;
  /** Standard output of the last run, without the final line break. */
  declare readonly stdout: pulumi.Output<string>;
  /** Standard error of the last run, without the final line break. */
  declare readonly stderr: pulumi.Output<string>;
  /** Exit code of the last run. */
  declare readonly exitCode: pulumi.Output<number>;
  /** The files that `assetPaths` selected after the last run, by path. Undefined without `assetPaths`. */
  declare readonly assets: pulumi.Output<Record<string, pulumi.asset.Asset> | undefined>;
  /** The files that `archivePaths` selected after the last run. Undefined without `archivePaths`. */
  declare readonly archive: pulumi.Output<pulumi.asset.Archive | undefined>;

  constructor(name: string, args: CommandArgs, opts: pulumi.CustomResourceOptions = {}) {
    super(provider, "Command", name, args, opts, {
      outputs: ["stdout", "stderr", "exitCode", "assets", "archive"],
    });
  }
}
