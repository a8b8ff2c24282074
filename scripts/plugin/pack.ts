/**
 * Packs the plugin into the archives that Pulumi downloads, one per platform:
 * build/plugin/pulumi-resource-multipass-lab-vX-OS-ARCH.tar.gz.
 *
 *     npm run pack:plugin                    for every platform; the plugin needs Node.js there
 *     npm run pack:plugin -- --executable    for this platform; the plugin contains Node.js
 */
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { execa } from "execa";
import { bundlePlugin, PLUGIN } from "./bundle.ts";

/** Platforms by their Go names, which Pulumi uses. */
const PLATFORMS = [
  "linux-amd64",
  "linux-arm64",
  "darwin-amd64",
  "darwin-arm64",
  "windows-amd64",
  "windows-arm64",
];
const OF_NODE: Record<string, string> = { win32: "windows", x64: "amd64" };

const repository = resolve(import.meta.dirname, "../..");
const { version } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as { version: string };
const target = join(repository, "build/plugin");
const staging = mkdtempSync(join(tmpdir(), "multipass-plugin-"));
try {
  mkdirSync(target, { recursive: true });
  const bundled = join(staging, "bundle");
  await bundlePlugin(join(repository, "provider"), bundled);
  if (process.argv.includes("--executable")) await packExecutable(bundled);
  else for (const platform of PLATFORMS) await pack(bundled, platform);
} finally {
  rmSync(staging, { recursive: true, force: true });
}

async function packExecutable(bundled: string): Promise<void> {
  const [os = "", arch = ""] = [process.platform, process.arch].map((name) => OF_NODE[name] ?? name);
  const folder = join(staging, "executable");
  mkdirSync(folder);
  const executable = join(folder, process.platform === "win32" ? `${PLUGIN}.exe` : PLUGIN);
  const config = join(staging, "sea.json");
  const main = join(bundled, PLUGIN);
  // Removes the line for shells, which is not valid in a module.
  writeFileSync(main, readFileSync(main, "utf8").replace(/^#!.*\n/, ""));
  writeFileSync(
    config,
    JSON.stringify({
      main,
      mainFormat: "module",
      output: executable,
      disableExperimentalSEAWarning: true,
      useCodeCache: true,
      execArgvExtension: "none",
    }),
  );
  await execa(process.execPath, ["--build-sea", config], { stdio: "inherit" });
  chmodSync(executable, 0o755);
  // macOS refuses to start unsigned programs.
  if (process.platform === "darwin") await execa("codesign", ["--sign", "-", executable]);
  copyFileSync(join(bundled, "THIRD-PARTY-NOTICES"), join(folder, "THIRD-PARTY-NOTICES"));
  await pack(folder, `${os}-${arch}`);
}

async function pack(folder: string, platform: string): Promise<void> {
  const archive = `${PLUGIN}-v${version}-${platform}.tar.gz`;
  // Uses relative names, because some versions of tar read the text before a colon as a host.
  await execa("tar", ["-czf", archive, "-C", relative(target, folder), "."], { cwd: target });
  console.log(join("build/plugin", archive));
}
