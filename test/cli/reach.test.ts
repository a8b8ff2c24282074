import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { multipassKey } from "../../provider/cli/instances/ssh-config.ts";
import { newMultipass } from "../../provider/core/multipass.ts";
import { sshAccess } from "../../provider/core/ssh-access.ts";
import { SshHost } from "../../provider/driver/transport/ssh.ts";
import { fakeComputer } from "../support/fake-computer.ts";
import { createInstance } from "../support/operations.ts";
import { onSimulatedHost, ownerOf, type SimulatedHost } from "../support/simulated-host.ts";
import { needsWay, openSshHosts, type SshHosts } from "../support/ssh-hosts.ts";
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

  it("names the key by its whole path, since ssh reads the entries in any folder", () =>
    onSimulatedHost({}, async (subject) => {
      await subject.create({ name: "web" });
      const { dir } = subject;
      const { stdout } = await command(["ssh-config", "--identity", "keys/lab"], envOf(subject), "", dir);
      assert.match(stdout, new RegExp(`^  IdentityFile ${realpathSync(dir)}/keys/lab$`, "m"));
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
      const ofStack = await command(["ssh-config", "--stack", "dev"], envOf(subject));
      assert.equal(ofStack.stderr, "No instance of the stack dev can be reached.\n");
    }));
});

describe("pulumi-multipass ssh-config, for another host behind a real sshd [long]", function () {
  this.timeout(120_000);
  const { username } = userInfo();
  let ssh: SshHosts;
  before(async function () {
    needsWay(this, "a real sshd");
    ssh = await openSshHosts("a real sshd");
  });
  after(async () => ssh?.[Symbol.asyncDispose]());

  it("prints entries that lead ssh through the host, as the output `ssh` does", () =>
    onSimulatedHost({ ssh }, async (subject) => {
      const { host, ctx, name: lab = "", dir } = subject;
      const { outs: web } = await subject.create({ name: "web" });
      const login = `${username}@${lab}`;
      const multipass = newMultipass("multipass", ctx.clock, host.computer, undefined, new SshHost(login));
      const { outs: db } = await createInstance(
        { ...ctx, multipass },
        { name: "db", owner: ownerOf("db"), host: login, timeouts: { create: "20m" } },
      );
      const key = join(ssh.dir, "key");
      const env = { ...envOf(subject), PULUMI_MULTIPASS_SSH: ssh.program };
      const { code, stdout, stderr } = await command(["ssh-config", "--identity", key], env);
      assert.equal(code, 0, stderr);
      const [printed, config] = [join(dir, "multipass"), join(dir, "config")];
      writeFileSync(printed, stdout);
      // As ~/.ssh/config is, with the entries of the hosts after them.
      writeFileSync(config, `Include ${printed}\nInclude ${ssh.dir}/config\n`);

      const settingsOf = async (...args: string[]) => {
        const lines = (await execa("ssh", ["-G", ...args])).stdout.split("\n");
        return new Map(lines.map((line) => [line.split(" ", 1)[0], line.slice(line.indexOf(" ") + 1)]));
      };
      const wayOf = (settings: Map<string | undefined, string>) =>
        ["user", "hostname", "proxyjump"].map((key) => settings.get(key));
      for (const [names, outs, jump] of [
        [["web", `web.${lab}`], web, lab],
        [["db", `db.${lab}`], db, login],
      ] as const) {
        const expected = ["ubuntu", outs.ipAddress, jump];
        for (const name of names) {
          const settings = await settingsOf("-F", config, name);
          assert.deepEqual(wayOf(settings), expected, name);
          assert.equal(settings.get("identityfile"), key);
        }
        const { user, address, proxyJump } = sshAccess(outs.ipAddress ?? "", jump);
        const given = await settingsOf("-F", "none", "-J", String(proxyJump), `${user}@${address}`);
        assert.deepEqual(wayOf(given), expected);
      }

      // The simulated guest has no sshd, so the host's own stands in for it at the end of the way.
      const port = String((await settingsOf("-F", config, lab)).get("port"));
      const before = ssh.counts(lab).connections;
      const guest = ["-o", "HostName=127.0.0.1", "-p", port, "-l", username];
      const { stdout: said } = await execa("ssh", ["-F", config, ...guest, "web", "echo arrived"]);
      assert.equal(said, "arrived");
      assert.equal(ssh.counts(lab).connections, before + 2);
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
