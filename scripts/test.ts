/**
 * Runs the tests.
 *
 *     npm test                  every test that is not tagged as long
 *     npm run test:long         the other tests
 *     npm run test:fast         pure functions and tables
 *     npm test -- FILE...       these files, with their long tests
 *
 * Options such as `-g TITLE` or `--jobs 8` go to Mocha.
 */
import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";

/** A test whose title matches is long. Each run of the Pulumi CLI takes seconds. */
const LONG = String.raw`\[long\]|on the Pulumi CLI|\[needs the Pulumi CLI\]`;

/**
 * Whether a test's process grows to hundreds of megabytes. Starting another process copies its page tables, so each
 * later start costs ten times as much there. Such tests run last.
 */
const grows = (path: string) =>
  /from ".*(?:fast-check|typescript|scripts\/schema\/)/.test(readFileSync(path, "utf8"));

/** All tests except those of the packed package, which `npm run test:package` runs. */
const ALL = globSync("test/**/*.test.ts", { exclude: (path) => path === "test/package" })
  .sort()
  .sort((one, other) => Number(grows(one)) - Number(grows(other)));

/** Tests that start few processes or none, and need no build. */
const FAST = globSync([
  "test/driver/{classify,classify-wordings,clock,cloud-init,daemon-address,output,service,size}.test.ts",
  "test/{host,images}/*.test.ts",
  "test/core/{roster,recent-answers,redact}.test.ts",
  "test/core/instance/{changes,check,image-source}.test.ts",
  "test/core/ledger/*.test.ts",
  "test/core/operation/{deadline,gate,lock,operation,retry}.test.ts",
  "test/doors/engine-log.test.ts",
  "test/cli/{doctor-host,error-pages}.test.ts",
  "test/docs/{verdicts,workflows}.test.ts",
  "test/engine/{display,values}.test.ts",
]);

/** Each package's sources, and one file of its build. */
const PACKAGES = [
  { sources: "provider", built: "dist/index.js" },
  { sources: "simulator/src", built: "simulator/dist/index.js" },
];

const [mode, ...given] = process.argv.slice(2);
const isFile = (one: string) => /^(?:\.\/)?test\/|\.test\.ts$/.test(one);
const files = given.filter(isFile);
const options = given.filter((one) => !isFile(one));

function testsToRun(): string[] {
  if (mode === "fast") return FAST;
  if (files.length > 0) return files;
  // Most tests mainly wait, so we run more of them at once than there are processors.
  const all = ["--parallel", "--jobs", "6", ...ALL];
  if (options.some((one) => /^(?:-g|-f|--f?grep)\b/.test(one))) return all;
  return ["--grep", LONG, ...(mode === "long" ? [] : ["--invert"]), ...all];
}

const isBuilt = () =>
  PACKAGES.every(({ sources, built }) => {
    if (!existsSync(built)) return false;
    const { mtimeMs } = statSync(built);
    // Removing a file makes its folder newer.
    return [sources, ...globSync(`${sources}/**`)].every((path) => statSync(path).mtimeMs <= mtimeMs);
  });

const run = (script: string, args: string[]): number =>
  spawnSync(process.execPath, [script, ...args], { stdio: "inherit" }).status ?? 1;

const tests = testsToRun();
// The programs and plugins started by the tests import the build.
if (!tests.every((one) => FAST.includes(one)) && !isBuilt()) {
  // The cache would only grow, because tests run programs in temporary folders.
  rmSync("build/compile-cache", { recursive: true, force: true });
  const status = run("scripts/build.ts", []);
  if (status !== 0) process.exit(status);
}
process.exitCode = run(createRequire(import.meta.url).resolve("mocha/bin/mocha.js"), [...tests, ...options]);
