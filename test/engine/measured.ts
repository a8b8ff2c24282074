/**
 * What `NODE_V8_COVERAGE` asks for, narrowed to what is measured: the processes of the tests themselves, and the plugins that they start. Every
 * other process (programs, command lines, the Pulumi CLI's own) would write some megabytes of which nothing is reported.
 */
import { fileURLToPath } from "node:url";

const VARIABLE = "NODE_V8_COVERAGE";
const folder = process.env[VARIABLE];

/** Keeps processes that are started from here on from writing coverage. This one, which has begun already, goes on. */
export function measureOnlyPlugins(): void {
  delete process.env[VARIABLE];
}

/** What a plugin is started with, to be measured until its end. Nothing, unless the tests are measured. */
export const measuredPlugin: { args: string[]; env: Record<string, string>; graceMs?: number } =
  folder === undefined || folder === ""
    ? { args: [], env: {} }
    : {
        args: ["--require", fileURLToPath(new URL("./measured-plugin.cjs", import.meta.url))],
        env: { [VARIABLE]: folder },
        // To write it takes a second on a busy machine.
        graceMs: 20_000,
      };
