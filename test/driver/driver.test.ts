import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { INSTANCE } from "../../provider/core/instance/model.ts";
import { findClient } from "../../provider/driver/binary.ts";
import { Driver } from "../../provider/driver/driver.ts";
import { launchCommand } from "../../provider/driver/launch-arguments.ts";
import { capabilities } from "../../provider/driver/version.ts";
import { type Simulator, startSimulator } from "../../simulator/src/index.ts";

const scripts: string[] = [];
after(() => {
  for (const folder of scripts) rmSync(folder, { recursive: true, force: true });
});

function script(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "client-"));
  scripts.push(folder);
  const file = join(folder, "multipass");
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
  return file;
}

describe("the launch command", () => {
  it("contains every setting, and passes the user-data only on stdin", () => {
    const cloudInit = "#cloud-config\npassword: hunter2\n";
    const { args, stdin } = launchCommand(
      INSTANCE,
      {
        name: "web",
        image: "24.04",
        cpus: 2,
        memory: "2G",
        disk: "10G",
        cloudInit,
        networks: [{ name: "eth0" }, { name: "eth1", mode: "manual", mac: "52:54:00:00:00:01" }],
        bridged: true,
        zone: "zone1",
        allowRestart: false,
      },
      12.3,
    );
    assert.equal(
      args.join(" "),
      "launch --name web --cpus 2 --memory 2G --disk 10G --cloud-init - --network name=eth0 --network name=eth1,mode=manual,mac=52:54:00:00:00:01 --bridged --zone zone1 --timeout 13 -- 24.04",
    );
    assert.equal(stdin, cloudInit);
  });

  it("leaves everything else to Multipass", () => {
    assert.deepEqual(launchCommand(INSTANCE, { name: "web", bridged: false, image: undefined }, 0), {
      args: ["launch", "--name", "web", "--timeout", "1"],
      stdin: undefined,
    });
  });
});

describe("finding the client", () => {
  const file = script("exit 0");
  const folder = join(file, "..");

  it("prefers the argument, then MULTIPASS_BIN, then the PATH", () => {
    const other = script("exit 0");
    const env = { MULTIPASS_BIN: other, PATH: `/nowhere${delimiter}${folder}` };
    assert.equal(findClient(file, { platform: "linux", env }), file);
    assert.equal(findClient(undefined, { platform: "linux", env }), other);
    assert.equal(findClient(undefined, { platform: "linux", env: { PATH: env.PATH } }), file);
  });

  it("says where it looked and what to do if there is none", () => {
    const windows = "/mnt/c/Program Files/Multipass/bin/multipass.EXE";
    assert.throws(() => findClient(windows, { platform: "linux", env: {} }), /client of Windows from WSL/);
    assert.throws(() => findClient(undefined, { platform: "freebsd", env: { PATH: "/nowhere" } }), {
      kind: "client-missing",
      message: /on the PATH[\s\S]*Install Multipass[\s\S]*MULTIPASS_BIN/,
    });
    assert.throws(
      () => findClient(undefined, { platform: "linux", env: { MULTIPASS_BIN: "/nowhere/multipass" } }),
      {
        message: /MULTIPASS_BIN names \/nowhere\/multipass/,
      },
    );
    assert.throws(() => findClient("/nowhere/x"), { message: /argument multipassPath names \/nowhere\/x/ });
  });

  it("refuses the client of Windows in WSL, even behind a link and on the PATH", () => {
    const wsl = mkdtempSync(join(tmpdir(), "wsl-"));
    scripts.push(wsl);
    const exe = join(wsl, "multipass.exe");
    writeFileSync(exe, "", { mode: 0o755 });
    const refused = { kind: "client-missing", message: /client of Windows from WSL[\s\S]*multipass\.exe/ };
    const environment = { platform: "linux", env: { PATH: wsl } } as const;
    assert.throws(() => findClient(undefined, environment), refused);
    const link = join(wsl, "multipass");
    symlinkSync(exe, link);
    assert.throws(() => findClient(undefined, environment), refused);
    assert.throws(() => findClient(link, environment), refused);
    // A client for Linux that stands before it is used.
    assert.equal(
      findClient(undefined, { ...environment, env: { PATH: `${folder}${delimiter}${wsl}` } }),
      file,
    );
  });

  it("rejects folders and files that are not executable", () => {
    const plain = join(folder, "plain");
    writeFileSync(plain, "");
    mkdirSync(join(folder, "folder"));
    for (const path of [plain, join(folder, "folder")]) {
      assert.throws(() => findClient(path, { platform: "linux", env: {} }), { kind: "client-missing" });
    }
  });

  it("looks for multipass.exe on Windows, where files have no executable bit", () => {
    const exe = join(folder, "multipass.exe");
    writeFileSync(exe, "");
    assert.equal(findClient(undefined, { platform: "win32", env: { Path: folder } }), exe);
  });
});

describe("the version of the client", () => {
  it("gives away a script around the client of Windows, which is refused", async function () {
    if (process.platform !== "linux") this.skip();
    const driver = new Driver(script(`exec echo '{"multipass":"1.16.1+win","multipassd":"1.16.1+win"}'`));
    await assert.rejects(driver.version(), { kind: "client-missing", message: /client of Windows from WSL/ });
  });
});

describe("a call of the client", () => {
  it("is ended at its timeout, even if it ignores SIGTERM", async () => {
    const driver = new Driver(script("trap '' TERM; sleep 60 & wait; sleep 60"));
    await assert.rejects(driver.list({ timeoutMs: 200 }), {
      kind: "call-timeout",
      transient: true,
      message: /did not answer/,
    });
  });

  it("is ended on the signal", async () => {
    const driver = new Driver(script("sleep 60"));
    await assert.rejects(driver.list({ signal: AbortSignal.timeout(100) }), { kind: "cancelled" });
  });

  it("never waits for an answer to a prompt: stdin is closed", async () => {
    const driver = new Driver(
      script(
        `read answer && echo '{"list":[]}' || { echo "list failed: Failed to read value" >&2; exit 1; }`,
      ),
    );
    await assert.rejects(driver.list({ timeoutMs: 5_000 }), /Failed to read value/);
  });

  it("names the invalid key in the output", async () => {
    const driver = new Driver(script(`echo '{"list":[{"name":"a","state":7,"ipv4":[],"release":""}]}'`));
    await assert.rejects(driver.list(), { kind: "bad-output", message: /list\.0\.state/ });
    await assert.rejects(new Driver(script(`echo '{"list":['`)).list(), {
      kind: "bad-output",
      transient: true,
      message: /not JSON/,
    });
  });

  it("accepts keys and states that a later version adds", async () => {
    const driver = new Driver(
      script(
        `echo '{"list":[{"name":"a","state":"Hibernating","ipv4":["N/A","10.0.0.2"],"release":"","new":{}}],"more":1}'`,
      ),
    );
    const [instance] = await driver.list();
    assert.equal(instance?.state, "Hibernating");
    assert.deepEqual(instance?.ipv4, ["10.0.0.2"]);
  });

  it("does not mistake the output of a command in the guest for an error of the client", async () => {
    const says = (code: number) =>
      new Driver(script(`echo "exec failed: ssh connection failed: 'x'" >&2; exit ${code}`)).exec("a", ["b"]);
    for (const code of [1, 3, 127]) assert.equal((await says(code)).exitCode, code);
    // Those that the client itself ends with.
    for (const code of [2, 255]) await assert.rejects(says(code), { kind: "guest-unreachable" });
  });

  it("rejects a program that is not Multipass", async () => {
    await assert.rejects(new Driver(script(`echo '{"multipass":"banana"}'`)).version(), {
      kind: "bad-output",
      message: /banana/,
    });
    await assert.rejects(new Driver("/nowhere/multipass").list(), { kind: "client-missing" });
  });
});

for (const version of ["1.14.1", "1.16.3", "1.17.0"]) {
  describe(`the driver on Multipass ${version}`, () => {
    let sim: Simulator;
    let driver: Driver;
    before(async () => {
      sim = await startSimulator({ version, faults: { stderrNoise: true } });
      driver = new Driver(sim.bin);
      await execa(sim.bin, ["launch", "--name", "web", "--cpus", "2", "--memory", "2G", "--disk", "10G"]);
    });
    after(() => sim.close());

    it("reports versions and capabilities", async () => {
      const { client, daemon } = await driver.version();
      assert.equal(client.text, version);
      assert.equal(daemon?.text, version);
      assert.equal(capabilities(client).zones, version.startsWith("1.17"));
    });

    it("lists and describes instances despite noise on stderr", async () => {
      assert.deepEqual(
        (await driver.list()).map(({ name, state }) => ({ name, state })),
        [{ name: "web", state: "Running" }],
      );
      const info = (await driver.info(["web"], true)).get("web");
      assert.equal(info?.cpu_count, "2");
      assert.equal(info?.ipv4.length, 1);
      assert.equal((await driver.info(["web"], false)).get("web")?.cpu_count, "");
    });

    it("reads and writes settings", async () => {
      assert.equal(await driver.get("local.web.memory"), "2.0GiB");
      await assert.rejects(driver.set("local.web.cpus", "3"), { kind: "instance-not-stopped" });
      await driver.stop("web");
      await driver.set("local.web.cpus", "3");
      assert.equal(await driver.get("local.web.cpus"), "3");
      await driver.start("web", 60);
    });

    it("runs commands in the guest: exit codes are results, failures to reach the guest are errors", async () => {
      const result = await driver.exec("web", ["sh", "-c", "echo out; echo err >&2; exit 7"]);
      assert.deepEqual(
        { exitCode: result.exitCode, stdout: result.stdout },
        { exitCode: 7, stdout: "out\n" },
      );
      assert.equal((await driver.exec("web", ["cat"], { input: "through stdin" })).stdout, "through stdin");
      await assert.rejects(driver.exec("nosuch", ["true"]), { kind: "instance-missing" });
    });

    it("asks cloud-init for its status", async () => {
      assert.deepEqual(
        await driver.cloudInitStatus("web").then(({ status, errors }) => ({ status, errors })),
        { status: "done", errors: [] },
      );
      await sim.setFaults({
        guestCommands: [{ match: "cloud-init", exitCode: 127, stderr: "cloud-init: command not found" }],
      });
      assert.equal((await driver.cloudInitStatus("web")).status, "absent");
      await sim.setFaults({
        guestCommands: [
          { match: "--format json", exitCode: 2, stderr: "usage: cloud-init status [-h] [-l] [-w]" },
          { match: "--long", exitCode: 1, stdout: "status: error\ntime: now\ndetail:\nno space left\n" },
        ],
      });
      assert.deepEqual(await driver.cloudInitStatus("web"), {
        status: "error",
        errors: ["no space left"],
        hasDropped: false,
        detail: "no space left",
      });
      await sim.setFaults({});
    });

    it("reports that the daemon is away, and no version of it", async () => {
      await sim.stopDaemon();
      await assert.rejects(driver.list(), { kind: "daemon-unreachable", transient: true });
      assert.equal((await driver.version()).daemon, undefined);
      await sim.startDaemon();
    });
  });
}
