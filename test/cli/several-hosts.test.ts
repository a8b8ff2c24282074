import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { createsIn } from "../../provider/cli/timeline/model.ts";
import { NEEDS_PULUMI, needsPulumi } from "../support/needs-pulumi.ts";
import { ownerOf } from "../support/simulated-host.ts";
import { simulatedWorlds, type Worlds } from "../support/simulated-worlds.ts";
import { needsWay } from "../support/ssh-hosts.ts";
import { command } from "./command.ts";

describe("the command line, with instances on several hosts", function () {
  this.timeout(120_000);
  let worlds: Worlds;
  before(async function () {
    needsWay(this, "a stand-in for ssh");
    worlds = await simulatedWorlds(["here", "lab1", "lab2"]);
    for (const [host, name] of [
      ["here", "web"],
      ["lab1", "db"],
      ["lab1", "web"],
      ["lab2", "web"],
    ] as const)
      await worlds.own(host, name, ownerOf(`${name}-${host}`));
    worlds.multipass("lab2", "launch", "--name", "primary");
  });
  after(async () => worlds?.[Symbol.asyncDispose]());
  afterEach(async () => worlds?.ssh.up("lab1"));

  interface Report {
    instances: { name: string; host: string | null; state: string | null; condition: string }[];
    others: { name: string; host: string | null }[];
  }
  const rowsOf = (stdout: string) =>
    (JSON.parse(stdout) as Report).instances.map(({ name, host, state, condition }) =>
      [name, host ?? "here", state, condition].join(" "),
    );

  it("status asks each host once", async () => {
    let stdout = "";
    const calls = await worlds.callsDuring(async () => {
      const asked = await command(["status", "--json"], worlds.env);
      assert.equal(asked.code, 0, asked.stderr);
      stdout = asked.stdout;
    });
    assert.deepEqual(calls.sort(), ["here list", "lab1 list", "lab2 list"]);
    assert.deepEqual(rowsOf(stdout).sort(), [
      "db lab1 Running fine",
      "web here Running fine",
      "web lab1 Running fine",
      "web lab2 Running fine",
    ]);
    assert.deepEqual((JSON.parse(stdout) as Report).others, [
      { name: "primary", state: "Running", host: "lab2" },
    ]);
    const { stdout: table } = await command(["status"], worlds.env);
    assert.match(table, /^NAME +HOST +STATE +ADDRESS +AGE +OWNER\n/);
    assert.match(table, /^web +- +Running /m);
    assert.match(table, /^db +lab1 +Running /m);
    assert.match(table, /^Not made by a stack of this user: primary \(Running on lab2\)$/m);
  });

  it("status names a host that is down in its own rows only [long]", async () => {
    await worlds.ssh.down("lab1");
    const { code, stdout } = await command(["status", "--json", "--forget"], worlds.env);
    assert.equal(code, 1);
    assert.deepEqual(rowsOf(stdout).sort(), [
      "db lab1  unknown",
      "web here Running fine",
      "web lab1  unknown",
      "web lab2 Running fine",
    ]);
    const { stdout: table } = await command(["status"], worlds.env);
    assert.match(table, /^db +lab1 +- .*unknown$/m);
    assert.match(table, /^lab1 does not answer: Unable to reach host "lab1"/m);
  });

  it("status says what to do on which host, and forgets what no longer exists there [long]", async () => {
    await worlds.own("lab2", "lost", ownerOf("lost"));
    await worlds.own("lab2", "bin", ownerOf("bin"));
    worlds.multipass("lab2", "delete", "--purge", "lost");
    worlds.multipass("lab2", "delete", "bin");
    const { stdout } = await command(["status", "--forget"], worlds.env);
    assert.match(stdout, /^Forgot the records of lost on lab2\.$/m);
    assert.match(stdout.replaceAll("\n", " "), /deleted bin on lab2: .*`ssh lab2 multipass recover bin`/);
    worlds.multipass("lab2", "delete", "--purge", "bin");
    await command(["status", "--forget"], worlds.env);
  });

  it(`status --verify finds what no stack has any more, on whichever host ${NEEDS_PULUMI}`, async function () {
    needsPulumi(this);
    const dir = mkdtempSync(join(tmpdir(), "multipass-verify-"));
    try {
      writeFileSync(join(dir, "Pulumi.yaml"), "name: test\nruntime: yaml\n");
      const env = {
        ...worlds.env,
        PULUMI_BACKEND_URL: `file://${dir}`,
        PULUMI_CONFIG_PASSPHRASE: "test",
        PULUMI_SKIP_UPDATE_CHECK: "true",
      };
      const pulumi = (args: string[], input = "") => execa("pulumi", args, { cwd: dir, env, input });
      await pulumi(["stack", "init", "test"]);
      const resources = ["web-here", "db-lab1"].map((name) => {
        const [id] = name.split("-");
        return { urn: ownerOf(name), type: "multipass:Instance", id, custom: true };
      });
      await pulumi(["stack", "import"], JSON.stringify({ version: 3, deployment: { resources } }));
      const { code, stdout, stderr } = await command(["status", "--verify", "--json"], env);
      assert.equal(code, 0, stderr);
      assert.deepEqual(rowsOf(stdout).sort(), [
        "db lab1 Running fine",
        "web here Running fine",
        "web lab1 Running orphaned",
        "web lab2 Running orphaned",
      ]);
      const { stdout: table } = await command(["status", "--verify"], env);
      assert.match(
        table.replaceAll("\n", " "),
        /orphaned web on lab1: .*`ssh lab1 multipass delete --purge web`/,
      );
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });

  it("ssh-config jumps through the host, under a name that only one instance has [long]", async () => {
    const args = ["ssh-config", "--identity", "/tmp/key"];
    const { stdout, stderr } = await command(args, worlds.env);
    assert.deepEqual(stdout.match(/^(?:Host| {2}ProxyJump) .*/gm)?.sort(), [
      "  ProxyJump lab1",
      "  ProxyJump lab1",
      "  ProxyJump lab2",
      "Host db db.lab1",
      "Host web",
      "Host web.lab1",
      "Host web.lab2",
    ]);
    assert.equal(stderr, "");
    await worlds.ssh.down("lab1");
    const down = await command(args, worlds.env);
    assert.equal(
      down.stderr,
      "db is left out: lab1 does not answer\nweb is left out: lab1 does not answer\n",
    );
    assert.deepEqual(down.stdout.match(/^Host .*/gm), ["Host web", "Host web.lab2"]);
  });

  it("shell opens the shell on the host of the instance [long]", async () => {
    for (const [args, host] of [
      [["db"], "lab1"],
      [["web-lab2"], "lab2"],
      [["web", "--host", "lab1"], "lab1"],
      [[ownerOf("web-here")], "here"],
      [["primary", "--host", "lab2"], "lab2"],
    ] as const) {
      const calls = await worlds.callsDuring(async () => {
        const { code, stderr } = await command(["shell", ...args], worlds.env, "exit 7\n");
        assert.equal(code, 7, stderr);
      });
      assert.deepEqual(calls, [`${host} shell`]);
    }
    const { code, stderr } = await command(["shell", "web"], worlds.env);
    assert.equal(code, 1);
    assert.match(stderr, /several resources[\s\S]*^ {2}web {2}urn.*\n {2}web --host lab1 {2}urn/m);
  });
});

describe("the timeline of instances on several hosts", () => {
  it("names the host", () => {
    const timeline = {
      startedAt: "2026-11-30T10:00:00Z",
      phases: [{ phase: "boot", startedAt: 0, seconds: 9 }],
    };
    // An export has such an object in place of a secret.
    const multipassPath = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };
    for (const host of ["lab1", { ssh: "lab1" }, { ssh: "lab1", multipassPath }]) {
      const resources = [{ urn: ownerOf("vm"), outputs: { timeline, host } }];
      assert.equal(createsIn({ deployment: { resources } })[0]?.name, "vm on lab1");
    }
  });
});
