/** Fails if a package that users install, with this one or its peer, has no permissive licence. */
import { installedWithThis } from "./installed.ts";

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

/** Packages from the peer's dependencies, reviewed by hand. */
const EXCEPTIONS: Record<string, string> = {
  "@logdna/tail-file": "its file LICENSE is the MIT licence",
  "spdx-exceptions": "a list of names under CC-BY-3.0, which asks for no more than to be named",
};

/** `(MIT OR GPL-3.0)` leaves the choice; `MIT AND Zlib` does not. */
function isPermissive(licence: string): boolean {
  const words = licence.replace(/[()]/g, " ").trim();
  return words
    .split(/\s+OR\s+/)
    .some((choice) => choice.split(/\s+AND\s+/).every((one) => PERMISSIVE.has(one.trim())));
}

const shipped = installedWithThis();
const refused = shipped.filter(
  ({ name, license }) => !(name in EXCEPTIONS) && (!license || !isPermissive(license)),
);
for (const { location, license } of refused) {
  console.error(`${location}: ${license ?? "no licence is stated"}`);
}
console.log(
  `${shipped.length} packages are installed with this one and its peer, @pulumi/pulumi; ${refused.length} are not under a permissive licence, ${Object.keys(EXCEPTIONS).length} are let through by name`,
);
process.exitCode = refused.length > 0 || shipped.length === 0 ? 1 : 0;
