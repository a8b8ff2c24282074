/** Fails if a source file is longer than a reader can keep in mind. */
import { readFileSync } from "node:fs";
import { execaSync } from "execa";

const LINES = 300;
/** Tables, which are looked up rather than read. */
const TABLES = ["provider/driver/failure-rules.ts", "test/driver/known-failures.ts"];

const files = execaSync("git", ["ls-files", "-z", "*.ts", "*.js", "*.cjs", "*.mjs"])
  .stdout.split("\0")
  .filter((file) => file !== "" && !TABLES.includes(file));
const problems: string[] = [];
for (const file of files) {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    // The file was removed from the working tree.
    continue;
  }
  const lines = text.split("\n").length - 1;
  if (lines > LINES) problems.push(`${file}: ${lines} lines, ${LINES} at most`);
}
for (const problem of problems) console.error(problem);
console.log(`${files.length} source files, ${problems.length} that are too long`);
process.exitCode = problems.length > 0 ? 1 : 0;
