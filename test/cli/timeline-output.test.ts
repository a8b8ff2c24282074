import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NEEDS_PULUMI, needsPulumi } from "../support/needs-pulumi.ts";
import { command } from "./command.ts";

const timeline = {
  startedAt: "2026-11-20T06:30:04.000Z",
  phases: [{ phase: "boot", startedAt: 0, seconds: 23, attempts: 1 }],
};
const urn = "urn:pulumi:dev::shop::pulumi-nodejs:dynamic/multipass:Instance::web";
const EXPORT = JSON.stringify({ deployment: { resources: [{ urn, outputs: { name: "web", timeline } }] } });

describe("pulumi-multipass timeline, where it writes and what it asks", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "multipass-timeline-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("writes no colours into a file, even if it runs in a terminal", () => {
    const file = join(folder, "export.json");
    const output = join(folder, "timeline.txt");
    writeFileSync(file, EXPORT);
    const main = join(import.meta.dirname, "../../provider/cli/main.ts");
    const line = `'${process.execPath}' '${main}' timeline --file '${file}' -o '${output}'`;
    const env = { ...process.env, FORCE_COLOR: "1" };
    assert.equal(spawnSync("sh", ["-c", line], { env }).status, 0);
    assert.match(readFileSync(output, "utf8"), /^web +b+ +23s$/m);
  });

  it("names the file that it cannot write", async () => {
    const output = join(folder, "none", "timeline.html");
    const { code, stderr } = await command(["timeline", "--file", "-", "-o", output], {}, EXPORT);
    assert.equal(code, 1);
    assert.equal(stderr, `error: Unable to write ${output}: no such file or directory\n`);
  });

  it("gives a collector the stack's name", async () => {
    const { stdout } = await command(["timeline", "--file", "-", "-f", "otlp"], {}, EXPORT);
    const [{ resource }] = JSON.parse(stdout).resourceSpans;
    assert.deepEqual(resource.attributes, [
      { key: "service.name", value: { stringValue: "pulumi-multipass" } },
      { key: "pulumi.stack", value: { stringValue: "shop/dev" } },
    ]);
  });

  it("names a folder that does not exist", async () => {
    const { code, stderr } = await command(["timeline", "-C", join(folder, "none")]);
    assert.equal(code, 1);
    assert.match(stderr, /^error: Unable to export the stack: there is no folder .*none$/m);
  });

  it(`repeats Pulumi's error once ${NEEDS_PULUMI}`, async function () {
    needsPulumi(this);
    const env = { PULUMI_BACKEND_URL: `file://${folder}`, PULUMI_CONFIG_PASSPHRASE: "test" };
    const { stderr } = await command(["timeline", "-C", folder, "-s", "none"], env);
    assert.match(stderr, /^error: Unable to export the stack: (?!error)/);
  });
});
