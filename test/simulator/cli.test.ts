import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../support/run.ts";
import { beginSimulator, simulator } from "../support/simulator-command.ts";

describe("multipass-simulator run", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "multipass-cli-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("runs a command with the simulated client first on its PATH, and says that it is simulated", async () => {
    const { code, stdout, stderr } = await simulator([
      "run",
      "--version",
      "1.16",
      "--",
      "sh",
      "-c",
      'multipass launch --name web >/dev/null; multipass list; "$MULTIPASS_BIN" version',
    ]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^web +Running/m);
    assert.match(stdout, /^multipass +1\.16/m);
    assert.match(stderr, /^\[simulation\] Multipass 1\.16 is simulated: .*nothing here is real/);
  });

  it("passes on the command's options, input and exit code", async () => {
    const script =
      'let s="";process.stdin.on("data",d=>s+=d).on("end",()=>{console.log(s+process.argv[1]);process.exit(7)})';
    const { code, stdout } = await simulator(
      ["run", process.execPath, "-e", script, "--", "--version"],
      {},
      "in ",
    );
    assert.equal(code, 7);
    assert.equal(stdout, "in --version\n");
  });

  it("follows a fault plan, and runs time at the requested speed", async () => {
    const plan = join(folder, "plan.json");
    writeFileSync(plan, JSON.stringify({ networkAt: "30s" }));
    const { code, stdout } = await simulator([
      "run",
      "--faults",
      plan,
      "--time-scale",
      "20",
      "--",
      "sh",
      "-c",
      '"$MULTIPASS_BIN" launch --name web >/dev/null 2>&1; echo $?; "$MULTIPASS_BIN" wait-ready --timeout 60 >/dev/null; echo $?',
    ]);
    assert.equal(code, 0);
    assert.equal(stdout, "2\n0\n");
  });

  it("keeps the journal and image servers separate from the real ones", async () => {
    const { stdout } = await simulator([
      "run",
      "--",
      "sh",
      "-c",
      'echo "$PULUMI_MULTIPASS_STATE_DIR"; echo "$PULUMI_MULTIPASS_IMAGE_SERVER"',
    ]);
    const [state, server] = stdout.split("\n");
    assert.match(state ?? "", /multipass-simulator-\w+.journal$/);
    assert.match(server ?? "", /^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it("continues with the world of an earlier run", async () => {
    const world = join(folder, "world");
    const launch = ["sh", "-c", '"$MULTIPASS_BIN" launch --name kept >/dev/null'];
    assert.equal((await simulator(["run", "--dir", world, "--", ...launch])).code, 0);
    const list = ["sh", "-c", '"$MULTIPASS_BIN" list'];
    assert.match((await simulator(["run", "--dir", world, "--", ...list])).stdout, /^kept /m);
  });

  it("passes signals on and exits as a shell would", async () => {
    const script = "console.log('up');setInterval(()=>{},1000)";
    const { child, done } = beginSimulator(["run", "--", process.execPath, "-e", script]);
    let said = "";
    child.stdout?.on("data", (chunk) => {
      said += chunk;
    });
    await until(() => said.includes("up"), 20_000);
    child.kill("SIGTERM");
    assert.equal((await done).code, 143);
  });

  it("distinguishes its own failures from the command's", async () => {
    const unknown = await simulator(["run", "--", "no-such-program-at-all"]);
    assert.equal(unknown.code, 127);
    assert.match(unknown.stderr, /^Unable to run "no-such-program-at-all": command not found$/m);
    const missing = await simulator(["run", "--faults", join(folder, "none.json"), "--", "true"]);
    assert.equal(missing.code, 125);
    assert.match(missing.stderr, /^error: Unable to read the fault plan .*none\.json/);
    const plan = join(folder, "bad.json");
    writeFileSync(plan, JSON.stringify({ sockets: 1 }));
    const bad = await simulator(["run", "--faults", plan, "--", "true"]);
    assert.equal(bad.code, 125);
    assert.match(
      bad.stderr,
      /Invalid fault plan: sockets: Unknown key\. Valid keys: socketAt, .*networkAt, /,
    );
    const version = await simulator(["run", "--version", "1.18", "--", "true"]);
    assert.equal(version.code, 2);
    assert.match(version.stderr, /Unknown version "1\.18": the simulator knows Multipass 1\.13, .*1\.17/);
    assert.equal((await simulator(["run", "--time-scale", "0", "--", "true"])).code, 2);
    assert.equal((await simulator(["run"])).code, 2);
  });
});
