import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { type Started, start, startNode } from "./process.ts";
import type { Project } from "./project.ts";

export interface PluginOptions {
  project: Project;
  engineAddress: string;
  env: Record<string, string>;
  detached: boolean;
  onOutput: (line: string, stream: "stdout" | "stderr") => void;
}

/** A process that has reported its port. */
export interface PluginProcess {
  process: Started;
  port: string;
}

/** The SDK's own provider process for dynamic resources. */
export function startDynamic(o: PluginOptions): Promise<PluginProcess> {
  const script = createRequire(join(o.project.root, "/")).resolve("@pulumi/pulumi/cmd/dynamic-provider");
  return untilReady(o, (output) =>
    startNode({
      args: [script, o.engineAddress],
      cwd: o.project.root,
      env: { ...o.env, ...pluginEnv(o.project) },
      detached: o.detached,
      ...output,
    }),
  );
}

/** The program `pulumi-resource-PACKAGE` on the PATH. */
export function startNative(o: PluginOptions, name: string): Promise<PluginProcess> {
  const file = findPlugin(name, o.env);
  if (file === undefined) throw new Error(`no plugin for ${name} is on the PATH`);
  return untilReady(o, (output) =>
    start({
      file,
      args: [o.engineAddress],
      cwd: o.project.root,
      env: o.env,
      // Like the CLI, tells it of the terminal's interrupt only through `Cancel`.
      detached: true,
      ...output,
    }),
  );
}

async function untilReady(
  o: PluginOptions,
  run: (output: { onStdout(line: string): void; onStderr(line: string): void }) => Started,
): Promise<PluginProcess> {
  const port = Promise.withResolvers<string>();
  let isFirstLine = true;
  const started = run({
    onStdout: (line) => {
      if (!isFirstLine) return o.onOutput(line, "stdout");
      isFirstLine = false;
      port.resolve(line.trim());
    },
    onStderr: (line) => o.onOutput(line, "stderr"),
  });
  started.ended.then(
    (code) => port.reject(new Error(`the provider plugin ended (${code}) before it was ready`)),
    port.reject,
  );
  return { process: started, port: await port.promise };
}

/** The path of a package's plugin, if it is on the PATH. */
export function findPlugin(name: string, env: Record<string, string>): string | undefined {
  const folders = (env["PATH"] ?? process.env["PATH"] ?? "").split(delimiter);
  return folders.map((folder) => join(folder, `pulumi-resource-${name}`)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Passes runtime options to the plugin as variables, like the real engine. */
const pluginEnv = (project: Project): Record<string, string> => ({
  PULUMI_NODEJS_PROJECT: project.name,
  PULUMI_PROJECT: project.name,
  ...Object.fromEntries(
    Object.entries(project.runtimeOptions).map(([key, value]) => [
      `PULUMI_RUNTIME_${key.toUpperCase()}`,
      String(value),
    ]),
  ),
});
