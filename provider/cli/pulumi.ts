import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { execa } from "execa";
import * as v from "valibot";
import { parse } from "yaml";

const resource = v.looseObject({
  urn: v.string(),
  id: v.optional(v.string()),
  outputs: v.optional(v.record(v.string(), v.unknown()), {}),
});
const exportSchema = v.looseObject({
  deployment: v.looseObject({ resources: v.optional(v.array(resource), []) }),
});

/** @param exported the JSON of `pulumi stack export`. @throws Error if it is not such JSON */
export function resourcesIn(exported: unknown): v.InferOutput<typeof resource>[] {
  const state = v.safeParse(exportSchema, exported);
  if (state.success) return state.output.deployment.resources;
  throw new Error("this is not an export of a Pulumi stack (it has no deployment)");
}

const stacksSchema = v.array(v.looseObject({ name: v.string() }));
const projectSchema = v.looseObject({ name: v.string() });

/**
 * The stacks of the backend that Pulumi is logged in to: their name for Pulumi, and as `…project/stack`. In a
 * project's folder, Pulumi leaves out the project's name.
 */
export async function listStacks(signal: AbortSignal): Promise<{ name: string; full: string }[]> {
  const listed = await askPulumi(["stack", "ls", "--all", "--json"], { signal, purpose: "list the stacks" });
  const project = projectOf(process.cwd());
  return v.parse(stacksSchema, JSON.parse(listed)).map(({ name }) => {
    const isShort = project !== undefined && !name.includes("/");
    return { name, full: isShort ? `${project}/${name}` : name };
  });
}

/** The name of the project that Pulumi finds from this folder on upwards. */
function projectOf(folder: string): string | undefined {
  const files = ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"].map((name) => join(folder, name));
  const file = files.find((path) => existsSync(path));
  if (file !== undefined) return v.parse(projectSchema, parse(readFileSync(file, "utf8"))).name;
  return dirname(folder) === folder ? undefined : projectOf(dirname(folder));
}

export async function askPulumi(
  args: readonly string[],
  { cwd, signal, purpose }: { cwd?: string | undefined; signal: AbortSignal; purpose: string },
): Promise<string> {
  const result = await execa("pulumi", [...args, "--non-interactive"], {
    reject: false,
    stdin: "ignore",
    cancelSignal: signal,
    ...(cwd === undefined ? {} : { cwd }),
  });
  if (result.exitCode === 0) return result.stdout;
  const isMissing = (result.cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT";
  const said = result.stderr.replace(/^error: /, "") || result.originalMessage;
  throw new Error(`Unable to ${purpose}: ${isMissing ? whatIsMissing(cwd) : said}`);
}

/** The system reports a missing program and a missing folder alike. */
function whatIsMissing(cwd: string | undefined): string {
  const hasFolder = cwd === undefined || existsSync(cwd);
  return hasFolder ? "the pulumi CLI is not installed" : `there is no folder ${cwd}`;
}
