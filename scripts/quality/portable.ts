/**
 * Fails if a file in git only fits one computer: a registry in the lock file, or a path in somebody's home.
 */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { execaSync } from "execa";

const lock = readFileSync("package-lock.json", "utf8");
const problems = [...lock.matchAll(/"resolved": "(https?:[^"]*)"/g)].map(
  ([, url]) => `package-lock.json: names a registry, ${url}; run npm with the .npmrc of this repository`,
);

/** The guest's own user, and placeholder names. */
const NOBODY = "ubuntu|you|me|user|web|dev|runner";
const HOMES = new RegExp(String.raw`/(?:home|Users)/(?!(?:${NOBODY})\b)[a-z][\w.-]*/`, "g");
/** Skips a home such as /root, which is common to many computers. */
const here = [process.cwd(), homedir()].filter((path) => path.split("/").length > 2);

const files = execaSync("git", ["ls-files", "-z"]).stdout.split("\0").filter(Boolean);
for (const file of files) {
  if (file === "package-lock.json") continue;
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    // The file was removed from the working tree, or is a link to a folder.
    continue;
  }
  const paths = [...(text.match(HOMES) ?? []), ...here.filter((path) => text.includes(path))];
  problems.push(...[...new Set(paths)].map((path) => `${file}: ${path}`));
}
for (const problem of problems) console.error(problem);
console.log(`${files.length} files, ${problems.length} that fit one machine only`);
process.exitCode = problems.length > 0 ? 1 : 0;
