import assert from "node:assert/strict";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { inLab } from "../e2e/lab.ts";
import { cliStack, findCli } from "../engine/index.ts";
import { NEEDS_PULUMI, needsPulumi } from "../support/needs-pulumi.ts";
import { blocks as codeBlocks, commandBlocks, repository } from "./blocks.ts";

const onPage = (page: string) => commandBlocks().filter(({ where }) => where.startsWith(page));
const blocks = [
  ...onPage("docs/testing.md").filter(({ code }) => code.includes("multipass-simulator run")),
  ...onPage("docs/command-line.md"),
];

describe("the commands in docs/testing.md and docs/command-line.md", function () {
  this.timeout(120_000);

  it(`do on a stack what the page says, in its order ${NEEDS_PULUMI}`, async function () {
    needsPulumi(this);
    const program = `new multipass.Instance("web", { image: "24.04" });`;
    await inLab({ name: findCli(), open: cliStack }, program, {}, async ({ dir, env: { PATH, ...env } }) => {
      writeFileSync(
        join(dir, "package.json"),
        JSON.stringify({ name: "lab", type: "module", main: "index.ts" }),
      );
      // npm links no command of a package that was not built yet when it was installed, as in a fresh clone.
      mkdirSync(join(dir, "bin"));
      symlinkSync(join(repository, "dist/cli/main.js"), join(dir, "bin/pulumi-multipass"));
      symlinkSync(join(repository, "simulator/dist/bin/main.js"), join(dir, "bin/multipass-simulator"));
      const shell = {
        PATH: [join(dir, "bin"), process.env["PATH"]].join(delimiter),
        PULUMI_BACKEND_URL: `file://${join(dir, "state")}`,
        PULUMI_CONFIG_PASSPHRASE: "test",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_MULTIPASS_STATE_DIR: env["PULUMI_MULTIPASS_STATE_DIR"] ?? "",
      };
      const run = async (commands: string) => {
        const { all, exitCode } = await execa("bash", ["-euc", commands], {
          cwd: dir,
          env: shell,
          all: true,
          reject: false,
        });
        assert.equal(exitCode, 0, all);
        return all;
      };
      await run("pulumi stack init dev");
      const said: string[] = [];
      for (const { code } of blocks) said.push(await run(code));
      assert.match(said[0] ?? "", /\+ 2 created[\s\S]*the simulation has ended; "pulumi" exited with code 0/);
      assert.match(said[1] ?? "", /^web /m);
      assert.match(readFileSync(join(dir, "dev.html"), "utf8"), /<svg/);
      assert.ok(JSON.parse(readFileSync(join(dir, "trace.json"), "utf8")).traceEvents.length > 0);
    });
  });
});

describe("the programs in the docs that use the Automation API", function () {
  this.timeout(120_000);

  for (const { where, code } of codeBlocks().filter(({ alone }) => alone)) {
    it(`run in another folder than their own (${where}) ${NEEDS_PULUMI}`, async function () {
      needsPulumi(this);
      await inLab({ name: findCli(), open: cliStack }, "", {}, async ({ dir, sim, env }) => {
        writeFileSync(join(dir, "deploy.ts"), code);
        const { stdout } = await execa(process.execPath, [join(dir, "deploy.ts")], {
          cwd: tmpdir(),
          env: {
            ...sim.env,
            ...env,
            PULUMI_BACKEND_URL: `file://${join(dir, "state")}`,
            PULUMI_CONFIG_PASSPHRASE: "test",
            PULUMI_SKIP_UPDATE_CHECK: "true",
          },
        });
        assert.match(stdout, /^\d+\.\d+\.\d+\.\d+$/);
      });
    });
  }
});
