import * as v from "valibot";
import type { Archive, Asset } from "../asset.ts";
import { instanceName } from "../check.ts";
import { COMMON, flag, text, trigger } from "../common.ts";
import { type ArgumentsOf, argument } from "../description.ts";
import { selection } from "./globs.ts";

/** A list of words, or, with `shell` or an `interpreter`, a script. */
const commandLine = v.union(
  [text, v.pipe(v.array(v.string()), v.minLength(1, "is empty"))],
  'must be a list of words, such as ["systemctl", "restart", "nginx"], or a string with `shell: true`',
);
export type CommandLine = v.InferOutput<typeof commandLine>;

const variable = v.pipe(
  v.string(),
  v.regex(
    /^[A-Za-z_][A-Za-z0-9_]*$/,
    "is not the name of a variable: use letters, digits and underscores, and do not begin with a digit",
  ),
);

const exitCode = v.pipe(
  v.number("must be a number"),
  v.integer("must be a whole number"),
  v.minValue(0, "must be 0 to 255"),
  v.maxValue(255, "must be 0 to 255"),
);

const patterns = v.array(
  v.pipe(
    text,
    v.check((pattern) => {
      try {
        return Boolean(selection([pattern]));
      } catch {
        return false;
      }
    }, "is not a pattern"),
  ),
  'must be a list of patterns, such as ["dist/**"]',
);

/** As in @pulumi/command, triggers replace, and a changed command runs again. */
export const COMMAND = {
  instance: argument(instanceName, { change: "replace", secret: "public" }),
  create: argument(commandLine, { change: "update", secret: "marked" }),
  update: argument(v.optional(commandLine), { change: "update", secret: "marked" }),
  delete: argument(v.optional(commandLine), { change: "record", secret: "marked" }),
  shell: argument(v.optional(flag), { change: "update", secret: "marked" }),
  interpreter: argument(
    v.optional(v.pipe(v.array(text, "must be a list of words"), v.minLength(1, "is empty"))),
    { change: "update", secret: "marked" },
  ),
  environment: argument(v.optional(v.record(variable, v.string())), { change: "update", secret: "values" }),
  stdin: argument(v.optional(v.string()), { change: "update", secret: "values" }),
  workingDirectory: argument(v.optional(text), { change: "update", secret: "marked" }),
  triggers: argument(v.optional(v.array(trigger, "must be a list")), { change: "replace", secret: "marked" }),
  acceptedExitCodes: argument(
    v.optional(v.pipe(v.array(exitCode, "must be a list"), v.minLength(1, "is empty"))),
    { change: "record", secret: "marked" },
  ),
  addPreviousOutputInEnv: argument(v.optional(flag), { change: "record", secret: "marked" }),
  assetPaths: argument(v.optional(patterns), { change: "update", secret: "marked" }),
  archivePaths: argument(v.optional(patterns), { change: "update", secret: "marked" }),
  logging: argument(
    v.optional(
      v.picklist(
        ["stdout", "stderr", "stdoutAndStderr", "none"],
        'must be "stdout", "stderr", "stdoutAndStderr" or "none"',
      ),
    ),
    { change: "record", secret: "marked" },
  ),
  ...COMMON,
};

export type CommandInputs = ArgumentsOf<typeof COMMAND>;

export interface CommandState extends CommandInputs {
  stdout: string;
  stderr: string;
  exitCode: number;
  /** The files that `assetPaths` selects, by path. */
  assets?: Record<string, Asset>;
  archive?: Archive;
}
