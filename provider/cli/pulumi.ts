import { execa } from "execa";
import * as v from "valibot";

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
  const missing = (result.cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT";
  const reason = missing ? "the pulumi CLI is not installed" : result.stderr || result.originalMessage;
  throw new Error(`Unable to ${purpose}: ${reason}`);
}
