/**
 * How a value reaches `multipass launch`.
 * - a function: as these words of the command line, which every user of the host can read
 * - `stdin`: as the client's input, announced by these words
 * - `operand`: behind the flags
 * - `later`: by another command, once the instance exists
 * - `never`: Multipass is not told
 */
export type LaunchWay<V> = Flags<V> | { stdin: readonly string[] } | "operand" | "later" | "never";

/** As a method, so that ways of different types can be read in one loop. */
type Flags<V> = { words(value: NonNullable<V>): string[] }["words"];

/** A flag with one value. */
export const flag = (name: string) => (value: string | number) => [name, String(value)];

/** A flag that is there or not. */
export const toggle = (name: string) => (on: boolean) => (on ? [name] : []);

export interface LaunchCommand {
  args: string[];
  stdin: string | undefined;
}

/**
 * The command that launches an instance.
 *
 * @param ways how each value reaches it, in the order of the command line
 * @param timeoutSeconds for each of the daemon's own waits, and for the client as a whole
 */
export function launchCommand(
  ways: Readonly<Record<string, { launch: LaunchWay<unknown> }>>,
  values: object,
  timeoutSeconds: number,
): LaunchCommand {
  const given = new Map(Object.entries(values));
  const flags: string[] = [];
  const operands: string[] = [];
  let stdin: string | undefined;
  for (const [name, { launch }] of Object.entries(ways)) {
    const value: unknown = given.get(name);
    if (value === undefined || value === null) continue;
    if (launch === "operand") operands.push(String(value));
    else if (typeof launch === "function") flags.push(...launch(value));
    else if (typeof launch === "object") {
      flags.push(...launch.stdin);
      stdin = String(value);
    }
  }
  const timeout = ["--timeout", String(Math.max(1, Math.ceil(timeoutSeconds)))];
  return {
    args: ["launch", ...flags, ...timeout, ...(operands.length > 0 ? ["--", ...operands] : [])],
    stdin,
  };
}
