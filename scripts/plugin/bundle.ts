import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

export const PLUGIN = "pulumi-resource-multipass-lab";

/** Globals that some dependencies expect of CommonJS. */
const BANNER = `import { createRequire as createPluginRequire } from "node:module";
const require = createPluginRequire(import.meta.url);
const __filename = import.meta.filename ?? process.execPath;
const __dirname = import.meta.dirname ?? process.cwd();`;

/** On Windows, Pulumi only looks for `.exe` and `.cmd` files. */
const WINDOWS = `@echo off\r\nnode "%~dp0${PLUGIN}" %*\r\n`;

/**
 * Bundles the plugin and all its dependencies, together with the files that make it run anywhere.
 *
 * @param provider the folder of the sources
 */
export async function bundlePlugin(provider: string, folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const main = join(folder, PLUGIN);
  const inputs = await bundle(join(provider, "doors/plugin/main.ts"), main);
  // On Windows every launch starts this one, and Node.js needs three times as long for the whole plugin.
  await bundle(join(provider, "driver/launch-runner.ts"), join(folder, "launch-runner.js"));
  chmodSync(main, 0o755);
  writeFileSync(join(folder, `${PLUGIN}.cmd`), WINDOWS);
  // Without it, Node.js must guess that the script is an ES module, because its name has no extension.
  writeFileSync(join(folder, "package.json"), `${JSON.stringify({ private: true, type: "module" })}\n`);
  writeFileSync(join(folder, "THIRD-PARTY-NOTICES"), notices(inputs));
}

/** @returns the files that it consists of */
async function bundle(entry: string, outfile: string): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    // gRPC loads it only for diagnostic services of its own, which the plugin does not offer.
    external: ["@grpc/proto-loader"],
    target: "node22.12",
    format: "esm",
    // Keeps names for the sake of stack traces.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "none",
    banner: { js: BANNER },
    metafile: true,
    // The bundle names its source files. This keeps the names constant, even if node_modules is a link.
    preserveSymlinks: true,
    logLevel: "error",
  });
  return Object.keys(metafile.inputs);
}

/** The licences of the bundled packages, all of which require their text to be included. */
function notices(inputs: readonly string[]): string {
  const packages = new Set(
    inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
  );
  const texts = [...packages].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const files = readdirSync(folder).filter((file) => /^(?:license|licence|notice)/i.test(file));
    const all = files.sort().map((file) => readFileSync(join(folder, file), "utf8").trim());
    return [`${name} ${version} (${license})`, ...all].join("\n\n");
  });
  return `${["This plugin contains the following packages.", ...texts].join(`\n\n${"-".repeat(80)}\n\n`)}\n`;
}
