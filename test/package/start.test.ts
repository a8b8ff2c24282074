import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { findCli } from "../engine/index.ts";
import { pack, repository, scratch, withStack } from "./packed.ts";

const page = readFileSync(join(repository, "README.md"), "utf8");
const start = page.split("\n## Get started\n")[1]?.split("\n## ")[0] ?? "";
const block = (text: string, language: string) =>
  new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "m").exec(text)?.[1] ??
  assert.fail(`no ${language}`);
const [prepare = "", deploy = ""] = [...start.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(
  ([, code = ""]) => code,
);

describe("the first steps in README.md, word for word", function () {
  this.timeout(300_000);

  it("make an instance in an empty folder", async () => {
    const dir = scratch();
    try {
      const { tarball } = await pack(join(dir, "packed"));
      const project = join(dir, "lab");
      await execa("mkdir", [project]);
      const inProject = async (commands: string, env: Record<string, string> = {}) => {
        const run = await execa("bash", ["-euc", commands], { cwd: project, env, all: true, reject: false });
        assert.equal(run.exitCode, 0, run.all);
        return run.all;
      };
      // What is not published yet is installed from where it was packed.
      assert.match(prepare, /^npm install pulumi-multipass /m);
      await inProject(prepare.replace("install pulumi-multipass", `install ${tarball}`));
      writeFileSync(join(project, "index.ts"), block(page, "ts"));
      writeFileSync(join(project, "Pulumi.yaml"), block(start, "yaml"));
      await withStack(project, async (stack, sim) => {
        // The test engine stands in for the CLI where there is none.
        if (findCli()) {
          assert.match(deploy, /^pulumi up$/m);
          // `~` is the home of the user, whatever HOME says.
          const commands = deploy
            .replace("file://~", `file://${dir}`)
            .replace("pulumi up", "pulumi up --yes");
          const said = await inProject(commands, {
            ...sim.env,
            HOME: dir,
            PULUMI_HOME: join(dir, ".pulumi"),
            PULUMI_SKIP_UPDATE_CHECK: "true",
            PULUMI_MULTIPASS_STATE_DIR: join(dir, "journal"),
          });
          assert.doesNotMatch(said, /\bwarning:/);
          assert.match(said, /^ +ip *: "\d+\.\d+\.\d+\.\d+"$/m);
        } else {
          const up = await stack.up();
          assert.ok(up.ok, up.text);
        }
        assert.equal(Object.keys((await sim.world()).instances).length, 1);
        for (const [right, wrong, complaint] of [
          ["cpus: 2", "cpu: 2", /'cpu' does not exist in type 'InstanceArgs'/],
          ["vm.ipAddress", "vm.ipAddr", /Property 'ipAddr' does not exist on type 'Instance'/],
        ] as const) {
          assert.ok(block(page, "ts").includes(right));
          writeFileSync(join(project, "index.ts"), block(page, "ts").replace(right, wrong));
          const preview = await stack.preview();
          assert.equal(preview.ok, false, wrong);
          assert.match(preview.text, complaint);
        }
      });
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});
