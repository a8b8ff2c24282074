import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { multipassKey } from "../../provider/cli/instances/ssh-config.ts";
import { fakeComputer } from "../support/fake-computer.ts";
import { onSimulatedHost, ownerOf, type SimulatedHost } from "../support/simulated-host.ts";
import { command } from "./command.ts";

const envOf = ({ sim, dir }: SimulatedHost) => ({
  ...sim.env,
  PULUMI_MULTIPASS_STATE_DIR: join(dir, "journal"),
});

describe("pulumi-multipass ssh-config", () => {
  it("prints entries for the instances that can be reached", () =>
    onSimulatedHost({}, async (subject) => {
      const { multipass, dir } = subject;
      const { outs } = await subject.create({ name: "web" });
      await subject.create({ name: "rests", powerState: "stopped" });
      multipass("launch", "--name", "primary");
      const key = join(dir, "a key");
      const args = ["ssh-config", "--stack", "test/test", "--identity", key];
      const { code, stdout, stderr } = await command(args, envOf(subject));
      assert.equal(code, 0, stderr);
      assert.equal(stderr, "rests is left out: it is Stopped\n");
      assert.deepEqual(stdout.match(/^Host .*/gm), ["Host web"]);
      assert.match(stdout, /^# test\/test web\n/);
      for (const setting of [`HostName ${outs.ipAddress}`, "User ubuntu", `IdentityFile "${key}"`])
        assert.ok(stdout.includes(setting), stdout);
    }));

  it("prints what ssh understands", async function () {
    if (spawnSync("ssh", ["-V"]).error) this.skip();
    await onSimulatedHost({}, async (subject) => {
      const { outs } = await subject.create({ name: "web" });
      const key = join(subject.dir, "a key");
      const { stdout } = await command(["ssh-config", "--identity", key], envOf(subject));
      const file = join(subject.dir, "config");
      writeFileSync(file, stdout);
      const settings = (await execa("ssh", ["-G", "-F", file, "web"])).stdout.split("\n");
      for (const setting of [`hostname ${outs.ipAddress}`, "user ubuntu", `identityfile ${key}`])
        assert.ok(settings.includes(setting), stdout);
    });
  });

  it("names Multipass's own key if this user may read it", () => {
    const dir = mkdtempSync(join(tmpdir(), "multipass-key-"));
    after(() => rmSync(dir, { recursive: true }));
    const moved = `[Service]\nEnvironment=MULTIPASS_STORAGE=${dir}\n`;
    const computer = fakeComputer({ platform: "linux", readText: () => moved });
    assert.equal(multipassKey(computer), undefined);
    mkdirSync(join(dir, "data/ssh-keys"), { recursive: true });
    const key = join(dir, "data/ssh-keys/id_rsa");
    writeFileSync(key, "");
    assert.equal(multipassKey(computer), key);
  });

  it("fails if there is nothing to reach", () =>
    onSimulatedHost({}, async (subject) => {
      const { code, stdout, stderr } = await command(["ssh-config"], envOf(subject));
      assert.deepEqual([code, stdout], [1, ""]);
      assert.equal(stderr, "No instance of a stack can be reached.\n");
    }));
});

describe("pulumi-multipass shell", () => {
  it("opens Multipass's shell by the name of the instance or of its resource", () =>
    onSimulatedHost({}, async (subject) => {
      await subject.create({ name: "web-1a2b3c4", owner: ownerOf("web") });
      subject.multipass("launch", "--name", "primary");
      for (const target of ["web", "web-1a2b3c4", ownerOf("web"), "primary"]) {
        const { code, stdout, stderr } = await command(
          ["shell", target],
          envOf(subject),
          "hostname; exit 7\n",
        );
        assert.equal(code, 7, stderr);
        assert.equal(stdout, target === "primary" ? "primary\n" : "web-1a2b3c4\n");
      }
    }));

  it("asks which one is meant, and refuses a URN without an instance", () =>
    onSimulatedHost({}, async (subject) => {
      const { host } = subject;
      for (const stack of ["dev", "prod"]) {
        const owner = `urn:pulumi:${stack}::shop::multipass:index:Instance::web`;
        await host.ledger.begin({ owner, name: `web-${stack}`, fingerprint: "f" });
      }
      const both = await command(["shell", "web"], envOf(subject));
      assert.equal(both.code, 1);
      assert.match(both.stderr, /several resources[\s\S]*web-dev [\s\S]*web-prod /);
      const none = await command(["shell", "urn:pulumi:x::y::z::web"], envOf(subject));
      assert.match(none.stderr, /No instance is recorded for urn:pulumi:x::y::z::web/);
    }));
});
