import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { startSimulator } from "../../provider/testing/index.ts";
import { NO_IMAGE_SERVER } from "../e2e/lab.ts";
import { engineStack } from "../engine/index.ts";

const repository = resolve(import.meta.dirname, "../..");
const { devDependencies } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));

/** A program in each of the ways in which users write theirs. */
const PROGRAMS: Record<string, { files: Record<string, string>; runtime: string }> = {
  "an ESM TypeScript program": {
    runtime: "runtime:\n  name: nodejs\n  options:\n    typescript: false\nmain: index.ts\n",
    files: {
      "package.json": JSON.stringify({ name: "esm", type: "module" }),
      "index.ts": `import { Instance } from "pulumi-multipass";\nexport const ip = new Instance("dev", { name: "dev", cpus: 2 as number }).ipAddress;\n`,
    },
  },
  "a CommonJS TypeScript program": {
    runtime: "runtime: nodejs\n",
    files: {
      "package.json": JSON.stringify({ name: "cjs" }),
      "tsconfig.json": JSON.stringify({
        compilerOptions: {
          module: "nodenext",
          moduleResolution: "nodenext",
          target: "es2022",
          strict: true,
          skipLibCheck: true,
        },
      }),
      "index.ts": `import * as multipass from "pulumi-multipass";\nexport const ip = new multipass.Instance("dev", { name: "dev", cpus: 2 as number }).ipAddress;\n`,
    },
  },
  "a JavaScript program": {
    runtime: "runtime: nodejs\n",
    files: {
      "package.json": JSON.stringify({ name: "js", main: "index.js" }),
      "index.js": `const multipass = require("pulumi-multipass");\nexports.ip = new multipass.Instance("dev", { name: "dev", cpus: 2 }).ipAddress;\n`,
    },
  },
};

describe("the packed package in an empty project", function () {
  this.timeout(300_000);
  let project: string;

  before(async () => {
    project = realpathSync(mkdtempSync(join(tmpdir(), "multipass-package-")));
    const packed = await execa("npm", ["pack", "--json", "--pack-destination", project], { cwd: repository });
    const [{ filename, files }] = JSON.parse(packed.stdout);
    const paths: string[] = files.map(({ path }: { path: string }) => path);
    assert.deepEqual(
      paths.filter(
        (path) => !/^(?:dist\/|docs\/errors\/|package\.json$|README\.md$|LICENSE$|CHANGELOG\.md$)/.test(path),
      ),
      [],
      "files that nobody needs are packed",
    );
    writeFileSync(join(project, "package.json"), JSON.stringify({ name: "consumer", private: true }));
    const pick = (name: string) => `${name}@${devDependencies[name]}`;
    await execa(
      "npm",
      ["install", join(project, filename), pick("@pulumi/pulumi"), pick("typescript"), "ts-node@10"],
      {
        cwd: project,
      },
    );
  });

  after(() => rmSync(project, { recursive: true, force: true }));

  for (const [what, { files, runtime }] of Object.entries(PROGRAMS)) {
    it(`creates and destroys an instance from ${what}`, async () => {
      await using sim = await startSimulator();
      const dir = join(project, what.replaceAll(" ", "-"));
      mkdirSync(join(dir, "state"), { recursive: true });
      writeFileSync(join(dir, "Pulumi.yaml"), `name: consumer\n${runtime}`);
      for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
      const env = {
        ...sim.env,
        PULUMI_MULTIPASS_STATE_DIR: join(dir, "journal"),
        PULUMI_MULTIPASS_IMAGE_SERVER: NO_IMAGE_SERVER,
      };
      const stack = await engineStack({ dir, stateDir: join(dir, "state"), env });
      const up = await stack.up();
      assert.ok(up.ok, up.text);
      assert.match(String(up.outputs["ip"]), /^\d+\./);
      const state = JSON.stringify(await stack.state());
      assert.ok(!state.includes(project), "a path of this machine is in the state");
      assert.ok((await stack.destroy()).ok);
    });
  }

  it("brings the simulator", async () => {
    const script = `import { startSimulator } from "pulumi-multipass/testing"; const sim = await startSimulator(); console.log(sim.bin); await sim.close();`;
    const { stdout } = await execa(process.execPath, ["--input-type=module", "-e", script], { cwd: project });
    assert.match(stdout, /multipass/);
  });
});
