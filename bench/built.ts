import { existsSync } from "node:fs";
import { join } from "node:path";

/** What the benchmarks measure and start. */
const BUILT = ["dist/index.js", "dist/plugin/pulumi-resource-multipass-lab"];

/** What to do before the repository can be measured; undefined if it is built. */
export function lacksBuild(repository: string): string | undefined {
  if (BUILT.every((file) => existsSync(join(repository, file)))) return undefined;
  return "The benchmarks measure the build, which is missing. Run this first: npm run build";
}
