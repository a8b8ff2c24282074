/** Compiles the named packages, or both, from scratch, so that no file of an earlier build is packed. */
import { chmodSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { build as esbuild } from "esbuild";
import { execa } from "execa";
import { bundlePlugin } from "./plugin/bundle.ts";

/** The command that each package installs, by package folder. */
const COMMANDS: Record<string, string> = { ".": "dist/cli/main.js", simulator: "dist/bin/main.js" };

process.chdir(resolve(import.meta.dirname, ".."));
// npm packs each file with its mode. A fixed umask gives everybody the same tarball.
process.umask(0o022);
const named = process.argv.slice(2);
await Promise.all((named.length > 0 ? named : Object.keys(COMMANDS)).map(build));

async function build(folder: string): Promise<void> {
  rmSync(join(folder, "dist"), { recursive: true, force: true });
  await execa("tsc", ["-p", join(folder, "tsconfig.build.json")], { preferLocal: true, stdio: "inherit" });
  // npm makes commands executable when it installs a package, but here it installed before the build existed.
  chmodSync(join(folder, COMMANDS[folder] as string), 0o755);
  if (folder === ".") await Promise.all([bundlePlugin("provider", "dist/plugin"), bundleRuntime()]);
}

/**
 * Puts all modules of this package that the dynamic provider loads into one file, which Node.js loads in half
 * the time. Other packages stay outside, so that each is installed once and has its own licence.
 */
async function bundleRuntime(): Promise<void> {
  const runtime = "dist/doors/dynamic/runtime.js";
  await esbuild({
    entryPoints: [runtime],
    outfile: runtime,
    allowOverwrite: true,
    bundle: true,
    platform: "node",
    target: "node22.12",
    format: "esm",
    packages: "external",
    // It must run before any package is loaded.
    external: ["../../requires-node.js"],
    sourcemap: true,
    logLevel: "error",
  });
}
