import { fileURLToPath } from "node:url";
import { begin, type Outcome, type Running } from "./run.ts";

const main = fileURLToPath(new URL("../../simulator/src/bin/main.ts", import.meta.url));

/** Starts the real command `multipass-simulator`, as a user's shell would. */
export function beginSimulator(args: string[], env: Record<string, string> = {}, input = ""): Running {
  const argv = ["--disable-warning=ExperimentalWarning", main, ...args];
  return begin(process.execPath, argv, { input, env: { NO_COLOR: "1", ...env } });
}

export const simulator = (args: string[], env: Record<string, string> = {}, input = ""): Promise<Outcome> =>
  beginSimulator(args, env, input).done;
