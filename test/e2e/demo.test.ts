import assert from "node:assert/strict";
import { resolve } from "node:path";
import { execa } from "execa";
import { needsWay } from "../support/ssh-hosts.ts";

const script = resolve(import.meta.dirname, "../../scripts/up.ts");

describe("npm run up -- --hosts 3", function () {
  this.timeout(300_000);

  it("makes six instances over three hosts, the last of which boots late [long]", async function () {
    needsWay(this, "a stand-in for ssh");
    const options = ["--disable-warning=ExperimentalWarning", script, "--hosts", "3"];
    const { stdout } = await execa(process.execPath, options, { env: { NO_COLOR: "1" } });
    assert.match(stdout, /^3 SIMULATED hosts, each behind a (?:real sshd|stand-in for ssh); /m);
    assert.match(stdout, /^lab3 is still booting, and reachable after \d+ s\./m);
    assert.match(stdout, /^Ready after \d+ s\.$/m);
    const placed = [...stdout.matchAll(/^(node-\d) is on lab[123]: \d+\.\d+\.\d+\.\d+$/gm)].map(
      ([, name]) => name,
    );
    assert.deepEqual(placed, ["node-0", "node-1", "node-2", "node-3", "node-4", "node-5"]);
  });
});

describe("npm run up -- --door plugin", function () {
  this.timeout(300_000);

  it("makes an instance through the boot race [long]", async () => {
    const options = ["--disable-warning=ExperimentalWarning", script, "--door", "plugin"];
    const { stdout } = await execa(process.execPath, options, { env: { NO_COLOR: "1" } });
    assert.match(stdout, /A SIMULATOR stands in for it; no real machine is made\./);
    assert.match(stdout, /^Door: the plugin multipass-lab/m);
    assert.match(stdout, /^The machine ".+" is ready after \d+ s\. Its address: \d+\.\d+\.\d+\.\d+$/m);
  });
});

describe("npm run up with options that it does not have", () => {
  for (const [options, complaint] of [
    [["--hosts", "many"], "error: --hosts is a number up to 99, not many\n"],
    [["--door", "back"], "error: --door is dynamic or plugin, not back\n"],
    [["--host=3"], /^error: Unknown option '--host'/],
  ] as const) {
    it(`says so: ${options.join(" ")}`, async () => {
      const command = ["--disable-warning=ExperimentalWarning", script, ...options];
      const { stderr, exitCode } = await execa(process.execPath, command, {
        reject: false,
        stripFinalNewline: false,
      });
      assert.equal(exitCode, 2);
      if (typeof complaint === "string") assert.equal(stderr, complaint);
      else assert.match(stderr, complaint);
      assert.doesNotMatch(stderr, /^ +at /m);
    });
  }
});
