/**
 * Fails if a layer's coverage is below its promised minimum, or if a file has almost none. An overall
 * threshold would accept a module without tests. c8 only knows one threshold for everything, or one for every
 * file.
 */
import { readFileSync } from "node:fs";
import ts from "typescript";

const LAYERS = ["provider/core", "provider/driver", "provider/images", "provider/host"];
/** Minimum percentage of covered lines for each layer. */
const LAYER = 95;
/** Minimum percentage for each file. Code that only runs on Windows or macOS counts as not covered. */
const FILE = 70;

interface Lines {
  hit: number;
  all: number;
}

/** Lines by file, from the report of `c8 report`. */
function linesByFile(lcov: string): Map<string, Lines> {
  const files = new Map<string, Lines>();
  for (const record of lcov.split("end_of_record\n")) {
    const value = (key: string) => new RegExp(`^${key}:(.*)$`, "m").exec(record)?.[1];
    const file = value("SF")?.replaceAll("\\", "/");
    if (file !== undefined && hasCode(file))
      files.set(file, { hit: Number(value("LH")), all: Number(value("LF")) });
  }
  return files;
}

/**
 * Whether a file contains code at run time. A file with only types is never loaded, and c8 counts all its
 * lines as missed.
 */
function hasCode(file: string): boolean {
  const { outputText } = ts.transpileModule(readFileSync(file, "utf8"), {
    compilerOptions: { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext, removeComments: true },
  });
  return outputText.trim() !== "export {};";
}

const percent = ({ hit, all }: Lines) => (all === 0 ? 100 : (100 * hit) / all);

const files = linesByFile(readFileSync(process.argv[2] ?? "coverage/lcov.info", "utf8"));
const problems: string[] = [];
const said: string[] = [];
for (const layer of LAYERS) {
  const own = [...files].filter(([file]) => file.includes(`${layer}/`)).map(([, lines]) => lines);
  const sum = own.reduce((a, b) => ({ hit: a.hit + b.hit, all: a.all + b.all }), { hit: 0, all: 0 });
  said.push(`${layer} ${percent(sum).toFixed(1)} %`);
  if (own.length === 0) problems.push(`${layer}: not measured`);
  else if (percent(sum) < LAYER) problems.push(`${layer}: ${percent(sum).toFixed(1)} %, ${LAYER} at least`);
}
for (const [file, lines] of files) {
  if (percent(lines) < FILE) problems.push(`${file}: ${percent(lines).toFixed(1)} %, ${FILE} at least`);
}
for (const problem of problems) console.error(problem);
console.log(`${said.join(", ")}; ${problems.length} that are below their floor`);
process.exitCode = problems.length > 0 ? 1 : 0;
