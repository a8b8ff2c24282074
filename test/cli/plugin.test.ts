import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { pulumiFolder } from "../../provider/cli/plugin/install.ts";
import { NEEDS_PULUMI, needsPulumi } from "../support/needs-pulumi.ts";
import { command } from "./command.ts";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
const PLUGIN = "pulumi-resource-multipass-lab";

describe("pulumi-multipass plugin install", () => {
  let home: string;
  let folder: string;

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "multipass-plugin-"));
    folder = join(home, "plugins", `resource-multipass-lab-v${version}`);
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const install = () => command(["plugin", "install"], { PULUMI_HOME: home });

  it("puts the plugin into Pulumi's cache, and nothing else", async () => {
    const { code, stdout } = await install();
    assert.equal(code, 0);
    assert.equal(stdout, `The plugin multipass-lab ${version} is installed in ${folder}.\n`);
    assert.deepEqual(readdirSync(join(home, "plugins")), [`resource-multipass-lab-v${version}`]);
    assert.deepEqual(readdirSync(folder).sort(), [
      "THIRD-PARTY-NOTICES",
      "launch-runner.js",
      "package.json",
      PLUGIN,
      `${PLUGIN}.cmd`,
    ]);
  });

  it("looks for Pulumi's folder where Pulumi does: in the user's home, whatever HOME says", () => {
    const { HOME, PULUMI_HOME } = process.env;
    try {
      process.env["HOME"] = home;
      delete process.env["PULUMI_HOME"];
      assert.equal(pulumiFolder(), join(userInfo().homedir, ".pulumi"));
    } finally {
      Object.assign(process.env, { HOME }, PULUMI_HOME !== undefined && { PULUMI_HOME });
    }
  });

  it("says so if it is already there", async () => {
    await install();
    const { code, stdout } = await install();
    assert.equal(code, 0);
    assert.equal(stdout, `The plugin multipass-lab ${version} is installed already, in ${folder}.\n`);
  });

  it("replaces an incomplete one, and another build of the same version", async () => {
    await install();
    const whole = readFileSync(join(folder, PLUGIN));
    writeFileSync(join(folder, PLUGIN), "#!/bin/sh\n");
    rmSync(join(folder, "package.json"));
    writeFileSync(`${folder}.partial`, "");
    const { code, stdout } = await install();
    assert.equal(code, 0);
    assert.match(stdout, /is installed in/);
    assert.ok(readFileSync(join(folder, PLUGIN)).equals(whole));
    assert.deepEqual(readdirSync(join(home, "plugins")), [`resource-multipass-lab-v${version}`]);
  });

  it("fails with one sentence if the cache cannot be written", async () => {
    writeFileSync(join(home, "plugins"), "");
    const { code, stderr } = await install();
    assert.equal(code, 1);
    assert.match(stderr, /^error: Unable to install the plugin in .*plugins: .+\n$/);
  });

  it(`is found by Pulumi ${NEEDS_PULUMI}`, async function () {
    needsPulumi(this);
    await install();
    const { stdout } = await execa("pulumi", ["plugin", "ls", "--json"], { env: { PULUMI_HOME: home } });
    const found = (JSON.parse(stdout) as { name: string; kind: string; version: string }[]).map(
      ({ name, kind, version }) => ({ name, kind, version }),
    );
    assert.deepEqual(found, [{ name: "multipass-lab", kind: "resource", version }]);
  });
});
