/**
 * What `NODE_V8_COVERAGE` asks for, narrowed to what is measured: the processes of the tests themselves, and the plugins that they start. Every
 * other process (programs, command lines, the Pulumi CLI's own) would write some megabytes of which nothing is reported.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const VARIABLE = "NODE_V8_COVERAGE";
const folder = process.env[VARIABLE] || undefined;

/** Keeps processes that are started from here on from writing coverage. This one, which has begun already, goes on. */
export function measureOnlyPlugins(): void {
  delete process.env[VARIABLE];
}

/** What a plugin is started with, to be measured until its end. Nothing, unless the tests are measured. */
export function measuredPlugin(into: string | undefined = folder): {
  args: string[];
  env: Record<string, string>;
  /** To write it takes a second on a busy machine. */
  graceMs?: number;
} {
  if (into === undefined) return { args: [], env: {} };
  const hook = fileURLToPath(new URL("./measured-plugin.cjs", import.meta.url));
  return { args: ["--require", hook], env: { [VARIABLE]: into }, graceMs: 20_000 };
}

interface Coverage {
  result: { url: string }[];
  "source-map-cache"?: Record<string, unknown>;
}

/** Leaves of what a plugin has written this project's part: nine tenths of five megabytes are the SDK's, and there are hundreds of plugins. */
export function keepOwnCoverage(pid: number, from: string | undefined = folder): void {
  if (from === undefined || !existsSync(from)) return;
  const isOwn = (url: string) => url.startsWith("file:") && !url.includes("/node_modules/");
  for (const name of readdirSync(from).filter((file) => file.startsWith(`coverage-${pid}-`))) {
    const path = join(from, name);
    const coverage = JSON.parse(readFileSync(path, "utf8")) as Coverage;
    const maps = Object.entries(coverage["source-map-cache"] ?? {}).filter(([url]) => isOwn(url));
    const result = coverage.result.filter(({ url }) => isOwn(url));
    // A plugin that ended before it loaded anything of this project.
    if (result.length === 0) rmSync(path);
    else
      writeFileSync(
        path,
        JSON.stringify({ ...coverage, result, "source-map-cache": Object.fromEntries(maps) }),
      );
  }
}
