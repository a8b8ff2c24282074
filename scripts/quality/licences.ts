/** Fails when anything that users install with this package is not under a permissive licence. Reads the lock file, so it needs no network. */
import { readFileSync } from "node:fs";

const PERMISSIVE = new Set([
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC0-1.0",
  "ISC",
  "MIT",
  "MIT-0",
  "Python-2.0",
  "Unlicense",
]);

interface Locked {
  license?: string;
  dev?: boolean;
  link?: boolean;
}

/** `(MIT OR GPL-3.0)` leaves the choice; `MIT AND Zlib` does not. */
function isPermissive(licence: string): boolean {
  const words = licence.replace(/[()]/g, " ").trim();
  return words
    .split(/\s+OR\s+/)
    .some((choice) => choice.split(/\s+AND\s+/).every((one) => PERMISSIVE.has(one.trim())));
}

const lock: { packages: Record<string, Locked> } = JSON.parse(readFileSync("package-lock.json", "utf8"));
const shipped = Object.entries(lock.packages).filter(([path, { dev, link }]) => path !== "" && !dev && !link);
const refused = shipped.filter(([, { license }]) => !license || !isPermissive(license));
for (const [path, { license }] of refused) {
  console.error(`${path.replace(/^.*node_modules\//, "")}: ${license ?? "no licence is stated"}`);
}
console.log(
  `${shipped.length} packages are installed with this one; ${refused.length} are not under a permissive licence`,
);
process.exitCode = refused.length > 0 || shipped.length === 0 ? 1 : 0;
