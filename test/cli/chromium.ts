import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { execa, execaSync } from "execa";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

export interface Browser {
  /** Renders a page into a PNG file. */
  screenshot(page: string, png: string, scheme: "light" | "dark"): Promise<void>;
}

/** A Chromium of this host, or undefined; `CHROMIUM_BIN` names one elsewhere. */
export function chromium(): Browser | undefined {
  const named = process.env["CHROMIUM_BIN"];
  const bin = (named ? [named] : NAMES).find(
    (name) => execaSync(name, ["--version"], { reject: false }).exitCode === 0,
  );
  return bin === undefined ? undefined : { screenshot: (...args) => screenshot(bin, ...args) };
}

async function screenshot(bin: string, page: string, png: string, scheme: "light" | "dark"): Promise<void> {
  const profile = mkdtempSync(join(tmpdir(), "chromium-"));
  try {
    await execa(
      bin,
      [
        "--headless=new",
        "--disable-gpu",
        // The page is ours, and a sandbox is not to be had as root or in a container.
        "--no-sandbox",
        "--hide-scrollbars",
        `--user-data-dir=${profile}`,
        `--blink-settings=preferredColorScheme=${scheme === "dark" ? 0 : 1}`,
        "--window-size=1180,900",
        "--force-device-scale-factor=1.5",
        `--screenshot=${png}`,
        pathToFileURL(page).href,
      ],
      { timeout: 50_000 },
    );
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
}
