import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { NEEDS_PULUMI, needsPulumi } from "../support/needs-pulumi.ts";
import { simulator } from "../support/simulator-command.ts";
import { command } from "./command.ts";

const modules = fileURLToPath(new URL("../../node_modules", import.meta.url));

describe("a stack on a simulated host", () => {
  let dir: string;
  before(() => {
    dir = realpathSync(mkdtempSync(join(tmpdir(), "multipass-stack-")));
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  it(`comes up through the boot race, and its timeline shows it ${NEEDS_PULUMI}`, async function () {
    needsPulumi(this);
    const state = join(dir, "state");
    mkdirSync(state);
    symlinkSync(modules, join(dir, "node_modules"));
    writeFileSync(join(dir, "package.json"), '{ "name": "lab", "type": "module" }');
    writeFileSync(join(dir, "Pulumi.yaml"), "name: lab\nruntime: nodejs\n");
    writeFileSync(
      join(dir, "index.ts"),
      'import { Instance } from "pulumi-multipass";\nnew Instance("web", { name: "web", image: "24.04" });\n',
    );
    const plan = join(dir, "plan.json");
    writeFileSync(plan, '{ "networkAt": "600s", "guest": { "bootSeconds": 10, "cloudInitSeconds": 20 } }');
    const env = {
      PULUMI_BACKEND_URL: `file://${state}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
    await execa("pulumi", ["stack", "init", "dev"], { cwd: dir, env });

    const up = ["pulumi", "up", "--yes", "--non-interactive", "--cwd", dir, "--stack", "dev"];
    const { code, stdout, stderr } = await simulator(
      ["run", "--faults", plan, "--time-scale", "10", "--", ...up],
      env,
    );
    assert.equal(code, 0, stdout + stderr);
    assert.match(stderr, /^\[simulation\] /);

    const drawn = await command(["timeline", "-C", dir, "-s", "dev"], env);
    assert.equal(drawn.code, 0, drawn.stderr);
    assert.match(drawn.stdout, /^web .*i+.*b+c+/m);
  });
});
