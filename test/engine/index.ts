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

/** The version of the Pulumi CLI on the PATH, or an empty text. */
export function findCli(): string {
  cliVersion ??= spawnSync("pulumi", ["version"], {
    encoding: "utf8",
    env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
  }).stdout?.trim();
  cliVersion ??= "";
  return cliVersion;
}

/** The engines that a suite is to run on: this one always, the real CLI where there is one. */
export function deployers(): NamedDeployer[] {
  const engine: NamedDeployer = { name: "test engine", open: engineStack };
  const version = findCli();
  if (version !== "") return [engine, { name: `Pulumi CLI ${version}`, open: cliStack }];
  announceMissingCli();
  return [engine];
}

let announced = false;

/** Says once and loudly that what follows did not run on the real thing. */
export function announceMissingCli(
  write: (text: string) => void = (text) => process.stderr.write(text),
): void {
  if (announced) return;
  announced = true;
  write(
    "\n*** No `pulumi` on the PATH: the end-to-end tests run on the test engine ONLY, not on the Pulumi CLI. ***\n\n",
  );
}
