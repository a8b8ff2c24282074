import { fileURLToPath } from "node:url";
import type { Simulator } from "../../simulator/src/index.ts";
import { begin, type Outcome, type Running } from "../support/run.ts";

const main = fileURLToPath(new URL("../../provider/cli/main.ts", import.meta.url));

/** Starts the real command, as a user's shell would. */
export function beginCommand(
  args: string[],
  env: Record<string, string> = {},
  input = "",
  cwd?: string,
): Running {
  const argv = ["--disable-warning=ExperimentalWarning", main, ...args];
  return begin(process.execPath, argv, { input, env: { NO_COLOR: "1", ...env }, cwd });
}

export function command(...how: Parameters<typeof beginCommand>): Promise<Outcome> {
  return beginCommand(...how).done;
}

/** The environment of a simulated host, whose image server is at `images`. */
export function hostEnv(simulator: Simulator, images: string): Record<string, string> {
  return {
    ...simulator.env,
    PULUMI_MULTIPASS_IMAGE_SERVER: images,
  };
}
