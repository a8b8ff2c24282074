import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { nodeTooOld, OLDEST_NODE } from "../../provider/node-version.ts";
import { nodeTooOld as nodeTooOldForSimulator } from "../../simulator/src/node-version.ts";

const repository = resolve(import.meta.dirname, "../..");

/** Makes a process take itself for Node.js 20, where execa and others fail while they load. */
const AS_NODE_20 = `
Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } });
delete Set.prototype.union;`;

/** An old Node.js refuses a module that imports what it lacks, before any module can say what is wrong. */
const WITHOUT_HASH = `
import { registerHooks } from "node:module";
const all = Object.keys(process.getBuiltinModule("node:crypto")).filter((name) => name !== "hash").join(", ");
const url = "data:text/javascript," + encodeURIComponent(
  "const { " + all + " } = process.getBuiltinModule('node:crypto'); export { " + all + " };",
);
registerHooks({
  resolve: (name, context, next) => (name === "node:crypto" ? { url, shortCircuit: true } : next(name, context)),
});`;

const preload = (module: string) => ["--import", `data:text/javascript,${encodeURIComponent(module)}`];

const run = (...args: string[]) =>
  execa(process.execPath, [...preload(AS_NODE_20), ...args], {
    cwd: repository,
    reject: false,
  });

/** Pulumi prints the stack of what a program fails with. */
const imports = (module: string) => [
  "-e",
  `import("${module}").catch(({ stack }) => { console.error(stack); process.exitCode = 1; })`,
];

describe("a Node.js that is too old", () => {
  it("is distinguished from one that is new enough", () => {
    for (const [found, isTooOld] of Object.entries({
      "18.20.8": true,
      "20.20.2": true,
      "22.11.0": true,
      "22.12.0": false,
      "22.23.3": false,
      "24.0.0": false,
      "26.10.0": false,
    })) {
      assert.equal(nodeTooOld(found) !== undefined, isTooOld, found);
      assert.equal(nodeTooOldForSimulator(found) !== undefined, isTooOld, found);
    }
  });

  for (const folder of [".", "simulator"]) {
    it(`is older than package.json in ${folder} asks for`, () => {
      const { engines } = JSON.parse(readFileSync(join(repository, folder, "package.json"), "utf8"));
      assert.equal(engines.node, `>=${OLDEST_NODE}`);
    });
  }

  for (const [entry, what, args, exitCode] of [
    ["the package", "pulumi-multipass", imports("./provider/index.ts"), 1],
    [
      "the package, even before 20.12",
      "pulumi-multipass",
      [...preload(WITHOUT_HASH), ...imports("./provider/index.ts")],
      1,
    ],
    ["the runtime", "pulumi-multipass", imports("./provider/doors/dynamic/runtime.ts"), 1],
    ["the command", "pulumi-multipass", ["provider/cli/main.ts", "doctor"], 1],
    ["the simulator", "multipass-simulator", imports("./simulator/src/index.ts"), 1],
    [
      "the simulator's command",
      "multipass-simulator",
      ["simulator/src/bin/main.ts", "run", "--", "true"],
      125,
    ],
  ] as const) {
    it(`is refused in one sentence by ${entry}`, async () => {
      const { stdout, stderr, exitCode: code } = await run(...args);
      const sentence = `${what} needs Node.js 22.12 or newer, and this is Node.js 20.20.2 (${process.execPath}).`;
      assert.equal(stderr, sentence);
      assert.deepEqual([stdout, code], ["", exitCode]);
    });
  }
});
