/**
 * How a value reaches `multipass launch`.
 * - a function: as the words it returns, on the command line, which every user of the host can read
 * - `stdin`: on the client's stdin, announced by these words
 * - `operand`: after the flags
 * - `later`: by another command, once the instance exists
 * - `never`: not passed to Multipass
 */
export type LaunchWay<V> = Flags<V> | { stdin: readonly string[] } | "operand" | "later" | "never";

/** Declared as a method, so that one loop can read ways of different types. */
type Flags<V> = { words(value: NonNullable<V>): string[] }["words"];

/** A flag with a value. */
export const flag = (name: string) => (value: string | number) => [name, String(value)];

/** A flag without a value. */
export const toggle = (name: string) => (on: boolean) => (on ? [name] : []);

export interface LaunchCommand {
  args: string[];
  stdin: string | undefined;
}

/**
 * Builds the command that launches an instance.
 *
 * @param ways how each value is passed, in the order of the command line
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
