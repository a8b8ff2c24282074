import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import automation from "@pulumi/pulumi/automation/index.js";
import { execa } from "execa";
import { CliRun, type Operation } from "./cli-run.ts";
import { exportedState } from "./cli-state.ts";
import type { Deployer, RunOptions, StackOptions } from "./deployer.ts";

/** Opens a stack of a folder's program on the Pulumi CLI, with its state in a folder instead of a service. */
export async function cliStack(o: StackOptions): Promise<Deployer> {
  const name = o.stack ?? "test";
  const stateDir = o.stateDir ?? mkdtempSync(join(tmpdir(), "pulumi-multipass-cli-"));
  mkdirSync(stateDir, { recursive: true });
  const env: Record<string, string> = {
    ...o.env,
    // The program and the provider must run on the Node.js that runs the tests.
    PATH: [dirname(process.execPath), o.env?.["PATH"] ?? process.env["PATH"]].join(delimiter),
    PULUMI_BACKEND_URL: pathToFileURL(stateDir).href,
    PULUMI_CONFIG_PASSPHRASE: o.passphrase ?? "test",
    PULUMI_HOME: join(stateDir, "home"),
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
  const stack = await automation.LocalWorkspace.createOrSelectStack(
    { stackName: name, workDir: o.dir },
    { envVars: env },
  );
  const project = (await stack.workspace.projectSettings()).name;

  const run =
    (operation: Operation) =>
    (options: RunOptions = {}) => {
      stack.workspace.envVars = { ...env, ...options.env };
      return new CliRun(stack, operation, options).execute();
    };

  return {
    kind: "cli",
    stateFile: join(stateDir, ".pulumi", "stacks", project, `${name}.json`),
    preview: run("preview"),
    up: run("up"),
    refresh: run("refresh"),
    destroy: run("destroy"),
    async state() {
      stack.workspace.envVars = env;
      const args = ["stack", "export", "--show-secrets", "--stack", name];
      const { stdout } = await execa("pulumi", args, { cwd: o.dir, env });
      return exportedState(stdout);
    },
    async setConfig(key, value, { secret = false } = {}) {
      await stack.setConfig(key, { value, secret });
    },
    async dispose() {
      // Nothing to close: every run ends its own processes, and the caller owns the state.
    },
  };
}
