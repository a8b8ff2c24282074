import { ClientExit } from "./errors.ts";

/** An option by its names without dashes: `["n", "name"]`. */
export interface OptionSpec {
  readonly names: readonly string[];
  /** Whether the option takes a value. */
  readonly value?: boolean;
}

export interface ParsedArgs {
  has(name: string): boolean;
  /** The last value given. */
  value(name: string): string | undefined;
  values(name: string): string[];
  readonly positional: string[];
  /** The part of `positional` after `--`. */
  readonly afterDashes: string[];
}

const EVERYWHERE: OptionSpec[] = [{ names: ["h", "help"] }, { names: ["v", "verbose"] }];

/**
 * Parses like Qt's QCommandLineParser in the mode that the client uses. Options may appear anywhere before
 * `--`, and one-letter options can be joined (`-vv`). A value follows a space or `=`, or directly follows a
 * one-letter option.
 */
export function parseArgs(args: readonly string[], specs: readonly OptionSpec[]): ParsedArgs {
  const known = new Map<string, OptionSpec>();
  for (const spec of [...EVERYWHERE, ...specs]) for (const name of spec.names) known.set(name, spec);
  const given = new Map<OptionSpec, string[]>();
  const unknown: string[] = [];
  const positional: string[] = [];
  const afterDashes: string[] = [];
  const rest = [...args];

  const record = (spec: OptionSpec, name: string, inline: string | undefined, long: boolean) => {
    const values = given.get(spec) ?? [];
    given.set(spec, values);
    if (!spec.value) {
      if (inline !== undefined) throw new ClientExit(`Unexpected value after '${long ? "--" : "-"}${name}'.`);
      values.push("");
      return;
    }
    const value = inline ?? rest.shift();
    if (value === undefined) throw new ClientExit(`Missing value after '${long ? "--" : "-"}${name}'.`);
    values.push(value);
  };

  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === "--") {
      afterDashes.push(...rest.splice(0));
      positional.push(...afterDashes);
    } else if (arg.startsWith("--")) {
      const [, name = "", inline] = /^--([^=]*)(?:=(.*))?$/s.exec(arg) ?? [];
      const spec = known.get(name);
      if (spec) record(spec, name, inline, true);
      else unknown.push(name);
    } else if (arg.startsWith("-") && arg.length > 1) {
      for (let index = 1; index < arg.length; index += 1) {
        const name = arg[index] as string;
        const spec = known.get(name);
        if (!spec) {
          unknown.push(name);
          continue;
        }
        const tail = arg.slice(index + 1);
        if (!spec.value) {
          record(spec, name, undefined, false);
          continue;
        }
        record(spec, name, tail === "" ? undefined : tail.replace(/^=/, ""), false);
        break;
      }
    } else {
      positional.push(arg);
    }
  }
  if (unknown.length === 1) throw new ClientExit(`Unknown option '${unknown[0]}'.`);
  if (unknown.length > 1) throw new ClientExit(`Unknown options: ${unknown.join(", ")}.`);

  const valuesOf = (name: string) => {
    const spec = known.get(name);
    return (spec && given.get(spec)) ?? [];
  };
  return {
    has: (name) => valuesOf(name).length > 0,
    value: (name) => valuesOf(name).at(-1),
    values: valuesOf,
    positional,
    afterDashes,
  };
}

/**
 * The value of `--format`. Real clients also print YAML, and CSV for every list; the simulator prints CSV for
 * instances only.
 */
export function formatOf<Other extends "csv" = never>(
  args: ParsedArgs,
  ...others: Other[]
): "table" | "json" | Other {
  const format = args.value("format") ?? "table";
  const simulated = ["table", "json", ...others] as const;
  const found = simulated.find((one) => one === format);
  if (found !== undefined) return found;
  if (!["csv", "yaml"].includes(format)) throw new ClientExit("Invalid format type given.");
  throw new ClientExit(
    `simulator: this command has no format "${format}" in the simulator; use ${simulated.join(" or ")}`,
    70,
  );
}

/** The names given to a command that accepts names or `--all`. */
export function namesOrAll(args: ParsedArgs): string[] | "all" {
  if (!args.has("all")) return args.positional;
  if (args.positional.length > 0) throw new ClientExit("Cannot specify name when --all option set");
  return "all";
}

/** `--timeout` in milliseconds. */
export function timeoutOf(args: ParsedArgs): number | undefined {
  const text = args.value("timeout");
  if (text === undefined) return undefined;
  if (!/^\+?\d+$/.test(text) || Number(text) <= 0) {
    throw new ClientExit("error: --timeout value has to be a positive integer");
  }
  return Number(text) * 1000;
}
