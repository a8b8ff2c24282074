/** How much users install and load. */
import { join } from "node:path";
import { execa } from "execa";
import { packagesOf } from "../startup.ts";
import type { Measured } from "./verdict.ts";

const options = { cwd: join(import.meta.dirname, "..", "..") };

export async function packages(): Promise<Measured> {
  const [installed, packed] = await Promise.all([
    execa("npm", ["query", "--package-lock-only", ":root > .prod, :root > .prod *"], options),
    execa("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], options),
  ]);
  const [{ unpackedSize }] = JSON.parse(packed.stdout) as [{ unpackedSize: number }];
  return {
    "check.installed": JSON.parse(installed.stdout).length,
    "check.loaded": packagesOf(["pulumi-multipass"]).length,
    "check.size": unpackedSize / 1024,
  };
}
