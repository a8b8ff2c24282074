import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Driver } from "../../provider/driver/driver.ts";
import {
  type DispatchedLaunch,
  dispatchLaunch,
  END_BYTES,
  endLaunch,
  launchIsUnderWay,
} from "../../provider/driver/launch-job.ts";
import { awaitLaunch } from "../../provider/driver/launches.ts";
import type { LaunchProgress } from "../../provider/driver/output.ts";

const SECRET = "sEcReT-in-user-data";

for (const platform of ["linux", "win32"] as const)
  describe(`a launch in a process of its own, as on ${platform}`, () => {
    before(function () {
      // Its clients are scripts of a shell.
      if (process.platform === "win32") this.skip();
    });

    let dir: string;
    let folder: string;

    beforeEach(() => {
      dir = mkdtempSync(join(tmpdir(), "multipass-launch-"));
      folder = join(dir, "launches", "dev");
    });
    afterEach(() => rmSync(dir, { recursive: true, force: true }));

    /** A client that runs this. */
    function client(script: string): string {
      const file = join(dir, "multipass");
      writeFileSync(file, `#!/bin/sh\n${script}\n`);
      chmodSync(file, 0o755);
      return file;
    }

    const dispatch = (script: string, input?: string) =>
      dispatchLaunch(
        new Driver(client(script)),
        ["launch", "--name", "dev"],
        input,
        folder,
        undefined,
        platform,
      );
    const follow = (launch: DispatchedLaunch, more: Partial<Parameters<typeof awaitLaunch>[1]> = {}) =>
      awaitLaunch(launch, { sleep: () => delay(20), ...more });
    const exitCodeOf = async (launch: DispatchedLaunch) => {
      const end = await follow(launch);
      return typeof end === "object" ? end.exitCode : end;
    };
    const gone = async (pid: number) => {
      while (launchIsUnderWay({ pid })) await delay(20);
    };

    it("leaves its exit code and output", async () => {
      const launch = await dispatch(`echo "said $*"; echo "complained" >&2; exit 2`);
      assert.deepEqual(await follow(launch), {
        exitCode: 2,
        stdout: "said launch --name dev\n",
        stderr: "complained\n",
      });
    });

    it("is not started once the run is cancelled", async () => {
      await assert.rejects(
        dispatchLaunch(new Driver(client("exit 0")), ["launch"], undefined, folder, AbortSignal.abort()),
        {
          kind: "cancelled",
        },
      );
      assert.deepEqual(readdirSync(folder), []);
    });

    it("gets the user-data on stdin, and keeps it out of every file and argument", async () => {
      const seen = join(dir, "seen");
      const launch = await dispatch(`cat > ${seen}; ps -A -o args= > ${join(dir, "processes")}`, SECRET);
      assert.equal(await exitCodeOf(launch), 0);
      assert.equal(readFileSync(seen, "utf8"), SECRET);
      assert.ok(!readFileSync(join(dir, "processes"), "utf8").includes(SECRET));
      for (const name of readdirSync(folder)) {
        assert.ok(!readFileSync(join(folder, name), "utf8").includes(SECRET), name);
        assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
      }
      assert.equal(statSync(folder).mode & 0o777, 0o700);
    });

    it("keeps the user-data out of the client's variables, whatever names the user's own have", async () => {
      const before = { ...process.env };
      const seen = join(dir, "seen");
      Object.assign(process.env, { p: "the user's", d: "the user's" });
      try {
        assert.equal(await exitCodeOf(await dispatch(`env > ${seen}`, SECRET)), 0);
      } finally {
        process.env = before;
      }
      assert.ok(!readFileSync(seen, "utf8").includes(SECRET));
    });

    it("ends with its client, even if a child of the client keeps its output open", async () => {
      const begin = performance.now();
      const launch = await dispatch("sleep 20 & echo out; echo err >&2; exit 3");
      assert.deepEqual(await follow(launch), { exitCode: 3, stdout: "out\n", stderr: "err\n" });
      assert.ok(performance.now() - begin < 10_000);
      assert.equal(await exitCodeOf(launch), 3);
      endLaunch(launch);
    });

    it("waits for no late output of a client that leaves no child behind", async () => {
      const waiting = join(dir, "sleep");
      writeFileSync(waiting, `#!/bin/sh\necho $$ >"${dir}/waiting"\nPATH=/usr/bin:/bin exec sleep 600\n`);
      chmodSync(waiting, 0o755);
      const driver = new Driver(client("echo out; exit 3"), { PATH: `${dir}:${process.env["PATH"]}` });
      const launch = await dispatchLaunch(driver, [], undefined, folder, undefined, platform);
      assert.deepEqual(await follow(launch), { exitCode: 3, stdout: "out\n", stderr: "" });
      if (existsSync(join(dir, "waiting"))) process.kill(Number(readFileSync(join(dir, "waiting"), "utf8")));
    });

    if (platform === "win32")
      it("ends with a client that is a batch file, which Windows runs through a shell", async () => {
        const begin = performance.now();
        const batch = join(dir, "multipass.cmd");
        renameSync(client("cat; sleep 20 & echo out; echo err >&2; exit 3"), batch);
        const launch = await dispatchLaunch(new Driver(batch), [], "in ", folder, undefined, platform);
        assert.deepEqual(await follow(launch), { exitCode: 3, stdout: "in out\n", stderr: "err\n" });
        assert.ok(performance.now() - begin < 10_000);
      });

    it("changes neither the client's variables nor its umask, and keeps its own files private", async () => {
      const before = { env: { ...process.env }, umask: process.umask(0o027) };
      const seen = join(dir, "seen");
      for (const name of ["p", "d", "u"]) process.env[name] = "the user's";
      try {
        const launch = await dispatch(`umask > ${seen}; env >> ${seen}`, SECRET);
        assert.equal(await exitCodeOf(launch), 0);
      } finally {
        process.env = before.env;
        process.umask(before.umask);
      }
      const [umask, ...env] = readFileSync(seen, "utf8").split("\n");
      assert.equal(Number.parseInt(umask ?? "", 8), 0o027);
      for (const name of ["p", "d", "u"]) assert.ok(env.includes(`${name}=the user's`), name);
      for (const name of readdirSync(folder))
        assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
    });

    it("still reports its result long after it ended", async () => {
      const launch = await dispatch("exit 3");
      await gone(launch.pid);
      assert.equal(await exitCodeOf(launch), 3);
    });

    it("reports each step and its end, so that nobody has to poll for them", async () => {
      const shown: string[] = [];
      const go = join(dir, "go");
      const launch = await dispatch(`echo "Creating dev"; until [ -f ${go} ]; do sleep 0.05; done; exit 4`);
      const end = await follow(launch, {
        sleep: () => new Promise(() => undefined),
        onProgress({ phase }) {
          shown.push(phase);
          writeFileSync(go, "");
        },
      });
      assert.deepEqual([shown, end], [["creating"], { exitCode: 4, stdout: "Creating dev\n", stderr: "" }]);
    });

    it("has not ended if a power failure has emptied its result", async () => {
      const launch = await dispatch("exit 0");
      await gone(launch.pid);
      writeFileSync(join(folder, "result"), "");
      assert.equal(await follow(launch), "lost");
    });

    it("has no result if its client cannot be run", async () => {
      const launch = await dispatchLaunch(
        new Driver(join(dir, "none")),
        ["launch"],
        undefined,
        folder,
        undefined,
        platform,
      );
      assert.equal(await follow(launch), "lost");
    });

    it("has no result if its runner was killed", async () => {
      const launch = await dispatch("exec sleep 30");
      while (!existsSync(join(folder, "stdout"))) await delay(20);
      process.kill(-launch.pid, "SIGKILL");
      assert.equal(await follow(launch), "lost");
    });

    it("has no result if its client was killed: the daemon may continue", async () => {
      assert.equal(await follow(await dispatch("kill -9 $$")), "lost");
    });

    it("is over after a reboot, whichever process has its ID now", async () => {
      const launch = { pid: process.pid, startedAt: 1_000_000, folder };
      assert.equal(launchIsUnderWay(launch), false);
      assert.equal(await follow(launch), "rebooted");
      const { pid } = await dispatch("sleep 1");
      assert.equal(launchIsUnderWay({ pid, startedAt: Date.now() }), true);
      // The host's clock was set meanwhile.
      assert.equal(launchIsUnderWay({ pid, startedAt: 1_000_000 }), true);
    });

    it("is over if another process has its ID now", function () {
      if (process.platform !== "linux") this.skip();
      assert.equal(launchIsUnderWay({ pid: process.pid, startedAt: Date.now() }), false);
    });

    it("continues when the process that waits for it ends", async () => {
      const controller = new AbortController();
      const launch = await dispatch("sleep 1; exit 0");
      setTimeout(() => controller.abort(), 100);
      await assert.rejects(follow(launch, { signal: controller.signal }), /continues by itself/);
      assert.equal(await exitCodeOf(launch), 0);
    });

    if (platform !== "win32")
      it("needs no Node.js where there is a shell, and gives the client pipes, because a snap needs them", async () => {
        const launch = await dispatch("ps -o comm= -p $PPID; [ -p /dev/stdout ] && [ -p /dev/stderr ]");
        const end = await follow(launch);
        assert.ok(typeof end === "object" && end.exitCode === 0);
        assert.match(end.stdout, /^(?:\S*\/)?(?:ba|da)?sh\n$/);
      });

    it("shows its current step, even if that began long before this process", async () => {
      const shown: string[] = [];
      const go = join(dir, "go");
      const launch = await dispatch(
        `printf 'Starting dev  '; printf '%${2 * END_BYTES}s' | tr ' ' '\\b'; until [ -f ${go} ]; do sleep 0.05; done`,
      );
      const stdout = join(folder, "stdout");
      while (!existsSync(stdout) || statSync(stdout).size < 2 * END_BYTES) await delay(20);
      const end = follow(launch, { onProgress: ({ phase }) => shown.push(phase) });
      await delay(100);
      writeFileSync(go, "");
      await end;
      assert.deepEqual(shown, ["starting"]);
    });

    it("shows each step once", async () => {
      const shown: LaunchProgress[] = [];
      const launch = await dispatch(
        `for line in "Creating dev" "Retrieving image: 10%" "Retrieving image: 10%" "Starting dev"; do printf '\\033[2K\\033[0A\\033[0E%s  ' "$line"; sleep 0.3; done`,
      );
      await follow(launch, { onProgress: (progress) => shown.push(progress) });
      assert.deepEqual(
        shown.map(({ phase }) => phase),
        ["creating", "downloading", "starting"],
      );
    });
  });
