import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

export const PLUGIN = "pulumi-resource-multipass-lab";

/** What some dependencies expect of CommonJS. */
const BANNER = `import { createRequire as createPluginRequire } from "node:module";
const require = createPluginRequire(import.meta.url);
const __filename = import.meta.filename ?? process.execPath;
const __dirname = import.meta.dirname ?? process.cwd();`;

/** Pulumi looks for \`.exe\` and \`.cmd\` only on Windows. */
const WINDOWS = `@echo off\r\nnode "%~dp0${PLUGIN}" %*\r\n`;

/**
 * Bundles the plugin and everything it needs into one file, beside what makes that file run wherever it is put.
 *
 * @param main the plugin's entry
 */
export async function bundlePlugin(main: string, folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, PLUGIN);
  const { metafile } = await build({
    entryPoints: [main],
    outfile,
    bundle: true,
    platform: "node",
    target: "node22.12",
    format: "esm",
    // Names stay, for the sake of stack traces.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "none",
    banner: { js: BANNER },
    metafile: true,
    // The bundle names the files that it was made of: always the same ones, even if node_modules is a link.
    preserveSymlinks: true,
    logLevel: "error",
  });
  chmodSync(outfile, 0o755);
  writeFileSync(join(folder, `${PLUGIN}.cmd`), WINDOWS);
  // Without it Node.js has to guess that the script, whose name has no extension, is an ES module.
  writeFileSync(join(folder, "package.json"), `${JSON.stringify({ private: true, type: "module" })}\n`);
  writeFileSync(join(folder, "THIRD-PARTY-NOTICES"), notices(Object.keys(metafile.inputs)));
}

/** The licences of the packages that a bundle contains: each of them asks to be passed on. */
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
