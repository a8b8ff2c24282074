import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { pack, packSimulator, repository, scratch } from "./packed.ts";

const page = readFileSync(join(repository, "simulator/README.md"), "utf8");

/** The blocks of a language below a heading. */
function blocks(heading: string, language: string): string[] {
  const section = page.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? assert.fail(`no "${heading}"`);
  return [...section.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(
    ([, code = ""]) => code,
  );
}

const programExists = (name: string) =>
  execa(name, ["--version"]).then(
    () => true,
    () => false,
  );

describe("the packed simulator in an empty project", function () {
  this.timeout(300_000);
  let dir: string;
  let tarball: string;

  before(async () => {
    dir = scratch();
    ({ tarball } = await packSimulator(join(dir, "packed")));
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  /** Runs the commands below a heading of README.md, in an empty project of its own. */
  async function follow(heading: string): Promise<string> {
    const project = join(dir, heading.replaceAll(/\W+/g, "-"));
    mkdirSync(project);
    writeFileSync(join(project, "package.json"), JSON.stringify({ name: "consumer", private: true }));
    const install = "npm install --save-dev multipass-simulator";
    const [first = "", ...rest] = blocks(heading, "sh");
    // It is not on npm yet.
    const commands = first.includes(install)
      ? [first.replace("multipass-simulator", tarball), ...rest]
      : [`npm install --save-dev ${tarball}`, first, ...rest];
    const { all, exitCode } = await execa("bash", ["-euc", commands.join("\n")], {
      cwd: project,
      all: true,
      reject: false,
      env: { NO_COLOR: "1", TF_IN_AUTOMATION: "1" },
    });
    assert.equal(exitCode, 0, all);
    assert.equal(existsSync(join(project, "node_modules/pulumi-multipass")), false);
    assert.equal(existsSync(join(project, "node_modules/@pulumi")), false);
    return all;
  }

  it("runs a shell script, and keeps a host in a folder", async () => {
    const all = await follow("Start with a shell script");
    assert.match(all, /^web$/m);
    assert.match(all, /^web +Running/m);
    assert.match(all, /^db +Running/m);
  });

  it("runs Terraform", async function () {
    if (!(await programExists("terraform"))) {
      process.stderr.write("\n*** terraform is not installed: NOT TESTED with it. ***\n\n");
      this.skip();
    }
    assert.match(await follow("Start with Terraform"), /^web +Running[\s\S]*Destroy complete!/m);
  });

  it("runs a test in Python", async function () {
    if (!(await programExists("python3"))) {
      process.stderr.write("\n*** python3 is not installed: NOT TESTED with it. ***\n\n");
      this.skip();
    }
    assert.match(await follow("Start with Python"), /^OK$/m);
  });

  it("follows a fault plan", async () => {
    assert.match(await follow("How do I make it fail?"), /^no image yet\n(?:.*\n)*launched$/m);
  });

  it("serves a test in JavaScript", async () => {
    const [code = ""] = blocks("Start in a test in JavaScript or TypeScript", "ts");
    const project = join(dir, "javascript");
    mkdirSync(project);
    writeFileSync(join(project, "package.json"), JSON.stringify({ name: "consumer", private: true }));
    await execa("npm", ["install", tarball], { cwd: project });
    writeFileSync(join(project, "program.mjs"), code);
    const { stdout } = await execa(process.execPath, ["program.mjs"], { cwd: project });
    assert.equal(stdout, "1 Running");
  });

  it("is not installed with pulumi-multipass, which works without it", async () => {
    const project = join(dir, "provider");
    mkdirSync(project);
    const packed = await pack(join(dir, "packed"));
    writeFileSync(join(project, "package.json"), JSON.stringify({ name: "consumer", private: true }));
    await execa("npm", ["install", "--omit=peer", packed.tarball], { cwd: project });
    assert.equal(existsSync(join(project, "node_modules/multipass-simulator")), false);
    assert.deepEqual(
      packed.files.filter((file) => file.includes("simulator")),
      [],
    );
    const { stdout } = await execa("npx", ["--no-install", "pulumi-multipass", "--help"], { cwd: project });
    assert.match(stdout, /doctor/);
  });
});
