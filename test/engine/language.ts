import { createRequire } from "node:module";
import { join } from "node:path";
import type { Config } from "./config.ts";
import { ALREADY_REPORTED, startInlineProgram } from "./inline-program.ts";
import { type Started, startNode } from "./process.ts";
import type { Project } from "./project.ts";

export interface ProgramOptions {
  project: Project;
  stack: string;
  config: Config;
  engineAddress: string;
  dryRun: boolean;
  parallel: number;
  env: Record<string, string>;
  onOutput: (line: string, stream: "stdout" | "stderr") => void;
}

export { ALREADY_REPORTED };

/** Runs the program through the SDK's `cmd/run`, with the arguments of the Node.js language host. */
export function startProgram(o: ProgramOptions): Started {
  const { project } = o;
  if (project.inline !== undefined) {
    const { programDir, name, inline } = project;
    const entryPoint = join(programDir, inline);
    const env = { ...process.env, ...o.env } as Record<string, string>;
    return startInlineProgram({ ...o, entryPoint, cwd: programDir, env, project: name }, o.onOutput);
  }
  const run = createRequire(join(project.programDir, "/")).resolve("@pulumi/pulumi/cmd/run");
  const secretKeys = Object.entries(o.config)
    .filter(([, entry]) => entry.secret)
    .map(([key]) => key);
  const values = Object.entries(o.config).map(([key, entry]) => [key, entry.value]);
  return startNode({
    args: [
      ...project.nodeArgs,
      run,
      ...["--monitor", o.engineAddress],
      ...["--engine", o.engineAddress],
      ...["--organization", "organization"],
      ...["--project", project.name],
      ...["--root-directory", project.root],
      ...["--stack", o.stack],
      ...["--pwd", project.programDir],
      ...(o.dryRun ? ["--dry-run"] : []),
      ...["--parallel", String(o.parallel)],
      project.entryPoint,
    ],
    cwd: project.programDir,
    env: {
      ...o.env,
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(values)),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(secretKeys),
      PULUMI_NODEJS_TYPESCRIPT: project.typescript ? "true" : undefined,
      PULUMI_NODEJS_TSCONFIG_PATH: project.tsconfig === "" ? undefined : project.tsconfig,
    },
    onStdout: (line) => o.onOutput(line, "stdout"),
    onStderr: (line) => o.onOutput(line, "stderr"),
  });
}
