import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Simulator, startSimulator } from "../../simulator/src/index.ts";
import { run } from "../support/run.ts";

describe("a simulated guest", () => {
  let sim: Simulator;
  const exec = (words: string[], input = "") => run(sim.bin, ["exec", "vm", "--", ...words], { input });
  const sh = (script: string, input = "") => exec(["sh", "-c", script], input);

  before(async () => {
    sim = await startSimulator();
    const userData = [
      "#cloud-config",
      "write_files:",
      "  - path: /etc/app.conf",
      "    content: |",
      "      key=value",
      "    permissions: '0600'",
      // Multipass drops the quotes, and cloud-init reads YAML 1.1.
      "  - { path: /etc/quoted, content: 'off' }",
      "  - { path: /etc/tagged, content: !!str 'off', content: !!str '0x1F' }",
      "packages: [",
      "\tgit",
      "\t] # more to come",
      "runcmd:",
      "  - echo done > /run/marker",
      "  - [touch, /run/second]",
      "  - apt-get install -y nginx",
    ].join("\n");
    await run(sim.bin, ["launch", "--name", "vm", "--cpus", "2", "--cloud-init", "-"], { input: userData });
  });
  after(() => sim.close());

  const scripts: [script: string, stdout: string, code?: number, stderr?: string][] = [
    ["cat /etc/quoted; echo; cat /etc/tagged", "false\n0x1F"],
    ["grep -c '#' /var/lib/cloud/instance/user-data.txt", "1\n"],
    ["echo out; echo err >&2; exit 7", "out\n", 7, "err\n"],
    ["true && echo yes || echo no", "yes\n"],
    ["false && echo yes || echo no", "no\n"],
    ["false; echo $?", "1\n"],
    ["X='a b'; echo \"$X\" $X '$X'", "a b a b $X\n"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the guest's shell expands it
    ["echo ${UNSET:-default} ${HOME##*/} ${#HOME}", "default ubuntu 12\n"],
    ["echo one > f; echo two >> f; cat < f", "one\ntwo\n"],
    ["printf '%s\\n' b a c | sort | head -n 2", "a\nb\n"],
    ["cat nosuch 2>&1 | grep -c 'No such file'", "1\n"],
    ["for i in 1 2 3; do echo -n $i; done; echo", "123\n"],
    ["i=0; while [ $i -lt 3 ]; do i=$((i+1)); done; echo $i", "3\n"],
    ["if [ -f /etc/hostname ]; then cat /etc/hostname; else echo none; fi", "vm\n"],
    ["set -e; false; echo not reached", "", 1],
    ["set -eu; echo $nothing", "", 1, "sh: line 1: nothing: unbound variable\n"],
    ["(cd /tmp; pwd); pwd", "/tmp\n/home/ubuntu\n"],
    ["cd /tmp && echo $(pwd) `pwd`", "/tmp /tmp\n"],
    ["cat <<EOF\nhome $HOME\nEOF", "home /home/ubuntu\n"],
    ["cat <<'EOF'\nhome $HOME\nEOF", "home $HOME\n"],
    ["A=1 env | grep ^A=", "A=1\n"],
    ["! false && echo negated", "negated\n"],
    ["command -v cloud-init && ! command -v k3s", "/usr/bin/cloud-init\n"],
    ["echo x | { read line; echo got $line; }", "got x\n"],
    ["printf 'a\\nb\\n' | { echo got $(read line; echo $line); cat; }", "got a\nb\n"],
    ["mkdir -p d/e && chmod 750 d/e && stat -c '%a %U %F' d/e", "750 ubuntu directory\n"],
    ["echo hi > /etc/x", "", 1, "sh: line 1: /etc/x: Permission denied\n"],
    ["echo hi | sudo tee /etc/x >/dev/null && cat /etc/x && stat -c %U /etc/x", "hi\nroot\n"],
    ["sudo chown ubuntu:ubuntu /etc/x && echo again > /etc/x && sudo -n rm /etc/x && test ! -e /etc/x", ""],
    ["sudo -n id -u; id -un; sudo env X=1 sh -c 'echo $X $USER'", "0\nubuntu\n1 root\n"],
    ["nproc; hostname; uname -s", "2\nvm\nLinux\n"],
    [
      "echo hello > m; mv m n; cp n o; sha256sum o; ls n o; rm -f n o nosuch",
      "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03  o\nn\no\n",
    ],
    ["ls *.none", "", 1, "ls: cannot access '*.none': No such file or directory\n"],
    ["cat /etc/app.conf", "", 1, "cat: /etc/app.conf: Permission denied\n"],
    ["sudo cat /etc/app.conf && test -e /var/lib/cloud/instance/boot-finished", "key=value\n"],
    ["cat /run/marker; test -f /run/second", "done\n"],
    ["systemctl is-system-running", "running\n"],
    [
      "curl -fsS http://localhost:8080",
      "",
      7,
      "curl: (7) Failed to connect to localhost port 8080 after 0 ms: Couldn't connect to server\n",
    ],
    ["nc -z localhost 22", "", 1],
    ["k3s kubectl get nodes", "", 127, "sh: line 1: k3s: command not found\n"],
    ["echo 'a  b' | wc -w; echo abc | base64 | base64 -d", "2\nabc\n"],
    ["timeout 0.05 sleep 5; echo $?", "124\n"],
    ["echo $((2 + 3 * 4)) $(( (1+1) * 2 ))", "14 4\n"],
    ["if", "", 2, "sh: line 1: syntax error: unexpected end of file\n"],
  ];
  for (const [script, stdout, code = 0, stderr = ""] of scripts) {
    it(`sh -c ${JSON.stringify(script)}`, async () => {
      const outcome = await sh(script);
      assert.deepEqual([outcome.stdout, outcome.stderr, outcome.code], [stdout, stderr, code]);
    });
  }

  it("passes stdin to the command, and runs a script from it", async () => {
    assert.equal((await exec(["sha256sum"], "hello")).stdout.slice(0, 8), "2cf24dba");
    assert.equal((await exec(["bash", "-s", "x"], "echo from stdin $1; exit 3")).code, 3);
    assert.equal((await exec(["tee", "copy"], "data\n")).stdout, "data\n");
    assert.equal((await exec(["cat", "copy"])).stdout, "data\n");
  });

  it("runs scripts in its files", async () => {
    await exec(["tee", "/tmp/script.sh"], "#!/bin/sh\necho args $# $1\n");
    assert.equal((await exec(["/tmp/script.sh", "a b"])).code, 126);
    await exec(["chmod", "+x", "/tmp/script.sh"]);
    assert.equal((await exec(["/tmp/script.sh", "a b"])).stdout, "args 1 a b\n");
  });

  it("never runs anything on the host", async () => {
    const marker = join(tmpdir(), `simulator-host-${process.pid}`);
    await sh(`echo x > ${marker}; touch ${marker}`);
    assert.throws(() => readFileSync(marker), /ENOENT/);
  });

  it("gives the answers that the fault plan scripts", async () => {
    await sim.setFaults({
      guestCommands: [
        { match: "^k3s kubectl get nodes", exitCode: 1, stderr: "not ready\n", times: 1 },
        { match: "^k3s kubectl get nodes", stdout: "vm Ready\n" },
        { match: "^k3s", instance: "other", stdout: "never\n" },
      ],
      guest: { ports: [{ port: 8080, body: "ok" }] },
    });
    assert.deepEqual((await sh("sudo k3s kubectl get nodes")).stderr, "not ready\n");
    assert.equal((await sh("sudo k3s kubectl get nodes | grep -q Ready && echo up")).stdout, "up\n");
    assert.equal((await sh("k3s --version")).code, 127);
    assert.equal((await sh("curl -fsS http://127.0.0.1:8080/health")).stdout, "ok");
    assert.equal((await sh("nc -z localhost 8080; ss -ltn | grep -c 8080")).stdout, "1\n");
    await sim.setFaults({});
  });

  it("reports how cloud-init ended", async () => {
    await sim.setFaults({ guest: { cloudInit: "error", cloudInitErrors: ["('runcmd', broken)"] } });
    const failed = await exec(["cloud-init", "status", "--format", "json"]);
    assert.equal(failed.code, 1);
    const { status, extended_status, errors } = JSON.parse(failed.stdout);
    assert.deepEqual([status, extended_status, errors], ["error", "error - done", ["('runcmd', broken)"]]);
    await sim.setFaults({ guest: { cloudInit: "degraded" } });
    const degraded = await exec(["cloud-init", "status", "--format", "json"]);
    assert.equal(degraded.code, 2);
    const document = JSON.parse(degraded.stdout);
    assert.deepEqual([document.status, document.extended_status], ["done", "degraded done"]);
    assert.ok(Array.isArray(document.recoverable_errors.WARNING));
    assert.match(
      (await exec(["cloud-init", "status", "--long"])).stdout,
      /^status: done\nextended_status: degraded done\n/,
    );
    await sim.setFaults({});
    await sim.instance("vm").poke({ cloudInitDoneIn: 60 });
    const running = await exec(["cloud-init", "status", "--format", "json"]);
    assert.deepEqual([running.code, JSON.parse(running.stdout).status], [0, "running"]);
    await sim.instance("vm").poke({ cloudInitDoneIn: 0 });
  });

  it("is out of reach when SSH is flaky", async () => {
    await sim.setFaults({ guest: { sshFlaky: 1, sshError: "Failed to connect: No route to host" } });
    const { code, stderr } = await exec(["true"]);
    const text = "ssh connection failed: 'Failed to connect: No route to host'\n";
    assert.deepEqual([code, stderr], [255, `exec failed: ${text}`]);
    assert.equal((await run(sim.bin, ["info"])).stderr, `info failed: ${text}`);
    assert.equal((await run(sim.bin, ["info", "--no-runtime-information"])).code, 0);
    assert.equal((await run(sim.bin, ["list"])).code, 0);
    await sim.setFaults({});
  });

  it("receives files by transfer, and returns them", async () => {
    const folder = mkdtempSync(join(tmpdir(), "simulator-transfer-"));
    const transfer = (...args: string[]) => run(sim.bin, ["transfer", ...args], { input: "from stdin" });
    try {
      mkdirSync(join(folder, "tree", "sub"), { recursive: true });
      writeFileSync(join(folder, "tree", "a"), "A", { mode: 0o640 });
      writeFileSync(join(folder, "tree", "sub", "b"), "B");
      assert.equal((await transfer(join(folder, "tree", "a"), "vm:/home/ubuntu/")).code, 0);
      assert.equal((await sh("cat a; stat -c ' %a %U' a")).stdout, "A 640 ubuntu\n");
      assert.equal((await transfer("-p", join(folder, "tree", "a"), "vm:new/deep/a")).code, 0);
      assert.equal((await transfer("-r", join(folder, "tree"), "vm:")).code, 0);
      assert.equal((await sh("cat new/deep/a tree/sub/b")).stdout, "AB");
      assert.equal((await transfer("-", "vm:piped")).code, 0);
      assert.equal((await transfer("vm:piped", "-")).stdout, "from stdin");
      assert.equal((await transfer("-r", "vm:tree", join(folder, "back"))).code, 0);
      assert.equal(readFileSync(join(folder, "back", "sub", "b"), "utf8"), "B");
      const missing = await transfer("vm:/home/ubuntu/nosuch", folder);
      assert.equal(missing.code, 2);
      assert.match(
        missing.stderr,
        /^\[.*\] \[error\] \[sftp\] cannot open remote file \/home\/ubuntu\/nosuch: SFTP server: No such file\n$/,
      );
      const denied = await transfer(join(folder, "tree", "a"), "vm:/etc/a");
      assert.match(
        denied.stderr,
        /\[sftp\] cannot open remote file \/etc\/a: SFTP server: Permission denied\n$/,
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("extracts archives", async () => {
    const folder = mkdtempSync(join(tmpdir(), "simulator-tar-"));
    try {
      mkdirSync(join(folder, "in"));
      writeFileSync(join(folder, "in", "a"), "A");
      execFileSync("tar", ["-c", "-f", join(folder, "x.tar"), "-C", folder, "in/a"]);
      await run(sim.bin, ["transfer", join(folder, "x.tar"), "vm:x.tar"]);
      assert.equal((await sh("mkdir -p out && tar -x -f x.tar -C out && cat out/in/a")).stdout, "A");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("shows mounted host directories", async () => {
    const folder = mkdtempSync(join(tmpdir(), "simulator-mount-"));
    try {
      writeFileSync(join(folder, "f.txt"), "hi\n");
      assert.equal((await run(sim.bin, ["mount", folder, "vm:/mnt/share"])).code, 0);
      assert.equal((await exec(["cat", "/mnt/share/f.txt"])).stdout, "hi\n");
      await sh("echo guest > /mnt/share/g.txt");
      assert.equal(readFileSync(join(folder, "g.txt"), "utf8"), "guest\n");
      assert.equal((await run(sim.bin, ["umount", "vm:/mnt/share"])).code, 0);
      assert.equal((await exec(["cat", "/mnt/share/f.txt"])).code, 1);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("keeps its files through snapshots, clones and restarts", async () => {
    await sh("echo before > state");
    await run(sim.bin, ["stop", "vm"]);
    assert.equal((await run(sim.bin, ["snapshot", "vm"])).code, 0);
    await sh("echo after > state");
    await run(sim.bin, ["stop", "vm"]);
    assert.equal((await run(sim.bin, ["clone", "vm"])).code, 0);
    assert.equal((await run(sim.bin, ["restore", "--destructive", "vm.snapshot1"])).code, 0);
    await run(sim.bin, ["start", "--all"]);
    assert.equal((await exec(["cat", "state"])).stdout, "before\n");
    assert.equal((await run(sim.bin, ["exec", "vm-clone1", "--", "cat", "state"])).stdout, "after\n");
  });
});
