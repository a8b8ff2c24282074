import { spawnSync } from "node:child_process";
import { cliStack } from "./cli.ts";
import type { Deployer, StackOptions } from "./deployer.ts";
import { engineStack } from "./engine.ts";

export { cliStack } from "./cli.ts";
export type * from "./deployer.ts";
export { engineStack } from "./engine.ts";
export { isSecret, reveal } from "./values.ts";

export interface NamedDeployer {
  name: string;
  open: (o: StackOptions) => Promise<Deployer>;
}

let cliVersion: string | undefined;

/** The version of the Pulumi CLI on the PATH, or an empty string. */
export function findCli(): string {
  cliVersion ??= spawnSync("pulumi", ["version"], {
    encoding: "utf8",
    env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
  }).stdout?.trim();
  cliVersion ??= "";
  return cliVersion;
}

/**
 * The engines to run a suite on: always this one, and the real CLI if available. If not, the reporter says so
 * at the end.
 */
export function deployers(): NamedDeployer[] {
  const engine: NamedDeployer = { name: "test engine", open: engineStack };
  const version = findCli();
  return version === "" ? [engine] : [engine, { name: `Pulumi CLI ${version}`, open: cliStack }];
}
