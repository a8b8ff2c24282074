import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import {
  linkDependencies,
  type Packed,
  pack,
  repository,
  scratch,
  unpack,
  withStack,
  writeProgram,
} from "./packed.ts";

const { devDependencies } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));
const PROGRAM = `export const ip = new multipass.Instance("dev", { name: "dev", cpus: 2 }).ipAddress;`;

/** npm itself is in `package.test.ts`. */
const INSTALLERS: Record<string, string[]> = {
  pnpm: ["pnpm", "install", "--no-frozen-lockfile", "--ignore-scripts"],
  yarn: ["yarn@1", "install", "--non-interactive", "--ignore-scripts", "--ignore-engines"],
};

async function deploys(dir: string): Promise<void> {
  await withStack(dir, async (stack) => {
    const up = await stack.up();
    assert.ok(up.ok, up.text);
    assert.match(String(up.outputs["ip"]), /^\d+\./);
    const gone = await stack.destroy();
    assert.ok(gone.ok, gone.text);
  });
}

describe("the package, installed by other package managers", function () {
  this.timeout(600_000);
  let root: string;
  let packed: Packed;

  before(async () => {
    root = scratch();
    packed = await pack(join(root, "packed"));
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  for (const [name, [tool = "", ...args]] of Object.entries(INSTALLERS)) {
    it(`${name} installs it, and a stack is deployed`, async function () {
      const there = await execa("npx", ["--yes", tool, "--version"], { cwd: root, reject: false });
      if (there.exitCode !== 0) {
        process.stderr.write(`\n*** ${tool} cannot be had from the registry: NOT TESTED with it. ***\n\n`);
        this.skip();
      }
      const dir = join(root, name);
      writeProgram(dir, PROGRAM);
      const manifest = JSON.parse(readFileSync(join(dir, "package.json"), "utf8"));
      manifest.dependencies = {
        "pulumi-multipass": `file:${packed.tarball}`,
        "@pulumi/pulumi": devDependencies["@pulumi/pulumi"],
      };
      writeFileSync(join(dir, "package.json"), JSON.stringify(manifest));
      await execa("npx", ["--yes", tool, ...args], { cwd: dir });
      const version = await execa(
        process.execPath,
        ["node_modules/pulumi-multipass/dist/cli/main.js", "--version"],
        {
          cwd: dir,
        },
      );
      assert.match(version.stdout, /^\d+\.\d+\.\d+/);
      await deploys(dir);
    });
  }

  it("npm installs it for one workspace, and a program in a dependent workspace is deployed", async () => {
    const workspaces = join(root, "workspaces");
    const [app, library] = [join(workspaces, "app"), join(workspaces, "library")];
    const pulumi = { "@pulumi/pulumi": devDependencies["@pulumi/pulumi"] };
    const write = (folder: string, manifest: object) => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(
        join(folder, "package.json"),
        JSON.stringify({ private: true, type: "module", ...manifest }),
      );
    };
    writeProgram(app, "");
    write(workspaces, { name: "all", workspaces: ["app", "library"] });
    write(app, { name: "app", dependencies: { "our-machines": "*", ...pulumi } });
    write(library, {
      name: "our-machines",
      exports: "./index.js",
      dependencies: { "pulumi-multipass": `file:${packed.tarball}`, ...pulumi },
    });
    writeFileSync(join(app, "index.js"), `export { ip } from "our-machines";\n`);
    writeFileSync(join(library, "index.js"), `import * as multipass from "pulumi-multipass";\n${PROGRAM}\n`);
    await execa("npm", ["install", "--ignore-scripts"], { cwd: workspaces });
    await deploys(app);
  });

  it("works as a linked workspace package", async () => {
    const workspace = join(root, "workspace");
    const app = join(workspace, "app");
    linkDependencies(workspace);
    await unpack(packed, join(workspace, "pulumi-multipass"), "0.0.1");
    symlinkSync("../pulumi-multipass", join(workspace, "node_modules/pulumi-multipass"));
    writeProgram(app, PROGRAM);
    await deploys(app);
  });
});
