import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { pack, repository, scratch, withStack } from "./packed.ts";

const { devDependencies } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));

const PROGRAM = `import * as multipass from "pulumi-multipass";
export const ip = new multipass.Instance("dev", { name: "dev", cpus: 2 as number }).ipAddress;
`;

interface Program {
  files: Record<string, string>;
  /** Of the Pulumi.yaml. */
  runtime?: string;
  /** What the program's own package asks for besides, if anything. */
  compiler?: string[];
}

const tsconfig = (module: string, moduleResolution: string) =>
  JSON.stringify({
    compilerOptions: { module, moduleResolution, target: "es2022", strict: true, skipLibCheck: true },
  });

/** A program in each of the ways in which users write theirs. */
const PROGRAMS: Record<string, Program> = {
  "an ESM TypeScript program": {
    runtime: "runtime:\n  name: nodejs\n  options:\n    typescript: false\nmain: index.ts\n",
    files: {
      "package.json": JSON.stringify({ name: "esm", type: "module" }),
      "index.ts": PROGRAM.replace("* as multipass", "{ Instance }").replace("multipass.Instance", "Instance"),
    },
  },
  "a CommonJS TypeScript program": {
    files: {
      "package.json": JSON.stringify({ name: "cjs" }),
      "tsconfig.json": tsconfig("nodenext", "nodenext"),
      "index.ts": PROGRAM,
    },
    compiler: [`typescript@${devDependencies.typescript}`, "ts-node@10"],
  },
  "a TypeScript program as Pulumi's template made them before nodenext": {
    files: {
      "package.json": JSON.stringify({ name: "older" }),
      "tsconfig.json": tsconfig("commonjs", "node"),
      // By the field `typesVersions`, since this way of resolving knows no `exports`.
      "index.ts": `${PROGRAM}import type * as runtime from "pulumi-multipass/runtime";\nexport type Runtime = typeof runtime;\n`,
    },
    compiler: ["typescript@5.4"],
  },
  "a TypeScript program with no compiler but the one that Pulumi brings": {
    files: { "package.json": JSON.stringify({ name: "bare" }), "index.ts": PROGRAM },
  },
  "a JavaScript program": {
    files: {
      "package.json": JSON.stringify({ name: "js", main: "index.js" }),
      "index.js": `const multipass = require("pulumi-multipass");\nexports.ip = new multipass.Instance("dev", { name: "dev", cpus: 2 }).ipAddress;\n`,
    },
  },
};

describe("the packed package in an empty project", function () {
  this.timeout(300_000);
  let project: string;
  let tarball: string;

  const install = (dir: string, ...besides: string[]) =>
    execa("npm", ["install", tarball, `@pulumi/pulumi@${devDependencies["@pulumi/pulumi"]}`, ...besides], {
      cwd: dir,
    });

  before(async () => {
    project = scratch();
    const { files, ...packed } = await pack(project);
    tarball = packed.tarball;
    assert.deepEqual(
      files.filter((path) => !/^(?:dist|docs|examples)\/|^(?:[A-Z]+\.md|LICENSE|package\.json)$/.test(path)),
      [],
      "files that nobody needs are packed",
    );
    writeFileSync(join(project, "package.json"), JSON.stringify({ name: "consumer", private: true }));
    await install(project);
  });

  after(() => rmSync(project, { recursive: true, force: true }));

  for (const [what, { files, runtime = "runtime: nodejs\n", compiler }] of Object.entries(PROGRAMS)) {
    it(`creates and destroys an instance from ${what}`, async () => {
      const dir = join(project, what.replaceAll(" ", "-"));
      mkdirSync(dir);
      writeFileSync(join(dir, "Pulumi.yaml"), `name: consumer\n${runtime}`);
      for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
      if (compiler) await install(dir, ...compiler);
      await withStack(dir, async (stack) => {
        const up = await stack.up();
        assert.ok(up.ok, up.text);
        assert.match(String(up.outputs["ip"]), /^\d+\./);
        const state = JSON.stringify(await stack.state());
        assert.ok(!state.includes(project), "a path of this machine is in the state");
        assert.ok((await stack.destroy()).ok);
      });
    });
  }
});
