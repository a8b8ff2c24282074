import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Driver } from "../../../provider/driver/driver.ts";
import { type DispatchedLaunch, END_BYTES } from "../../../provider/driver/launch-job.ts";
import { awaitLaunch, launchesOf } from "../../../provider/driver/launches.ts";
import type { LaunchProgress } from "../../../provider/driver/output.ts";
import { SshHost } from "../../../provider/driver/transport/ssh.ts";
import { until } from "../../support/run.ts";
import { oneHost, WAYS } from "../../support/ssh-hosts.ts";

const USER_DATA = `#cloud-config\nruncmd:\n- echo 'sEcReT in "user-data"' \\n $HOME\n- é\n\n`;

for (const way of WAYS) {
  describe(`a launch on another host, over ${way}`, () => {
    const lab = oneHost(way);
    const driver = new Driver("multipass", {}, new SshHost("lab1"));
    const launches = launchesOf(driver);

    /** Starts a launch by a client that runs this. */
    function dispatch(script: string, input?: string): Promise<DispatchedLaunch> {
      lab.put("multipass", script);
      return launches.dispatch(["launch", "--name", "it's dev"], input, "unused");
    }
    const follow = (launch: DispatchedLaunch, more: Partial<Parameters<typeof awaitLaunch>[1]> = {}) =>
      awaitLaunch(launch, { client: driver, sleep: () => delay(50), ...more });
    const exitCodeOf = async (launch: DispatchedLaunch) => {
      const end = await follow(launch);
      return typeof end === "object" ? end.exitCode : end;
    };
    const folderOf = ({ folder }: DispatchedLaunch) =>
      join(lab.home(), ".local/state/pulumi-multipass/launches", folder);

    it("leaves its exit code and output", async () => {
      const launch = await dispatch(`echo "said $*"; echo "complained" >&2; exit 2`);
      assert.deepEqual(await follow(launch), {
        exitCode: 2,
        stdout: "said launch --name it's dev\n",
        stderr: "complained\n",
      });
      assert.equal((await launches.look(launch)).state, "ended");
    });

    it("ends with its client, even if a child of the client keeps its output open", async () => {
      const begin = performance.now();
      const launch = await dispatch("sleep 20 & echo out; echo err >&2; exit 3");
      assert.deepEqual(await follow(launch), { exitCode: 3, stdout: "out\n", stderr: "err\n" });
      assert.ok(performance.now() - begin < 15_000);
    });

    it("leaves the user's umask to its client", async () => {
      const launch = await dispatch(`umask >"$HOME/umask"`);
      assert.equal(await exitCodeOf(launch), 0);
      assert.notEqual(Number.parseInt(readFileSync(join(lab.home(), "umask"), "utf8"), 8), 0o077);
    });

    it("gets the user-data on its stdin, and keeps it out of every file and argument", async () => {
      const launch = await dispatch(`cat >"$HOME/seen"; ps -A -o args= >"$HOME/processes"`, USER_DATA);
      assert.equal(await exitCodeOf(launch), 0);
      assert.equal(readFileSync(join(lab.home(), "seen"), "utf8"), USER_DATA);
      assert.doesNotMatch(readFileSync(join(lab.home(), "processes"), "utf8"), /sEcReT/);
      const folder = folderOf(launch);
      assert.equal(statSync(folder).mode & 0o777, 0o700);
      for (const name of readdirSync(folder)) {
        assert.doesNotMatch(readFileSync(join(folder, name), "utf8"), /sEcReT/, name);
        assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
      }
      await launches.forget(launch);
      assert.equal(existsSync(folder), false);
    });

    it("continues when the connection is cut, and is followed again once it is back", async () => {
      const go = join(lab.home(), "go");
      const launch = await dispatch(`until [ -f "$HOME/go" ]; do sleep 0.1; done; echo done; exit 7`);
      let away = 0;
      const following = follow(launch, {
        onAway: () => {
          away += 1;
        },
      });
      await lab.down();
      await until(() => away > 0);
      writeFileSync(go, "");
      await until(() => existsSync(join(folderOf(launch), "result")));
      await lab.up();
      assert.deepEqual(await following, { exitCode: 7, stdout: "done\n", stderr: "" });
    });

    it("is lost if its process or its client was killed", async () => {
      const launch = await dispatch("exec sleep 61");
      await until(() => existsSync(join(folderOf(launch), "client")));
      assert.equal((await launches.look(launch)).state, "running");
      // The host loses the runner and, as after a crash, everything that it has started.
      process.kill(launch.pid, "SIGKILL");
      assert.equal(await follow(launch), "lost");
      assert.equal((await launches.look(launch)).state, "lost");
      process.kill(Number(readFileSync(join(folderOf(launch), "client"), "utf8")));
      assert.equal(await follow(await dispatch("kill -9 $$")), "lost");
    });

    it("shows all of its output at the first look, and later the end", async () => {
      const launch = await dispatch(`printf '%10000s'; exec sleep 61`);
      await until(
        () => (statSync(join(folderOf(launch), "stdout"), { throwIfNoEntry: false })?.size ?? 0) >= 10_000,
      );
      const lengths = [true, false].map(
        async (isFirst) => (await launches.look(launch, undefined, isFirst)).stdout.length,
      );
      assert.deepEqual(await Promise.all(lengths), [10_000, END_BYTES]);
      await launches.end(launch);
    });

    it("can be ended", async () => {
      const launch = await dispatch("exec sleep 61");
      await until(() => existsSync(join(folderOf(launch), "client")));
      const pid = readFileSync(join(folderOf(launch), "client"), "utf8").trim();
      await launches.end(launch);
      assert.equal(await follow(launch), "lost");
      await until(() => spawnSync("kill", ["-0", pid]).status !== 0);
    });

    it("is over after a reboot of the host, whatever process has its id now", async () => {
      const launch = await dispatch("exec sleep 61");
      await until(() => existsSync(join(folderOf(launch), "client")));
      writeFileSync(join(folderOf(launch), "boot"), "another boot\n");
      assert.equal((await launches.look(launch)).state, "rebooted");
      assert.equal(await follow(launch), "rebooted");
      process.kill(Number(readFileSync(join(folderOf(launch), "client"), "utf8")));
    });

    it("is over if its id is another process's by now", async () => {
      const launch = await dispatch("exec sleep 61");
      const folder = folderOf(launch);
      await until(() => existsSync(join(folder, "client")));
      writeFileSync(join(folder, "pid"), `${process.pid}\n`);
      assert.equal((await launches.look(launch)).state, "lost");
      process.kill(Number(readFileSync(join(folder, "client"), "utf8")));
    });

    it("is not started if the host cannot be reached or has no client", async () => {
      await lab.down();
      await assert.rejects(dispatch("exit 0"), { kind: "host-unreachable" });
      await lab.up();
      const other = new Driver("/no/multipass", {}, new SshHost("lab1"));
      await assert.rejects(launchesOf(other).dispatch(["launch"], "x", ""), { kind: "client-missing" });
    });

    it("shows each step once", async () => {
      const shown: LaunchProgress[] = [];
      const launch = await dispatch(
        `for line in "Creating dev" "Retrieving image: 10%" "Starting dev"; do printf '\\033[2K\\033[0A\\033[0E%s  ' "$line"; until [ -f "$HOME/$line" ]; do sleep 0.05; done; done`,
      );
      await follow(launch, {
        onProgress(progress) {
          shown.push(progress);
          const line = {
            creating: "Creating dev",
            downloading: "Retrieving image: 10%",
            starting: "Starting dev",
          };
          writeFileSync(join(lab.home(), line[progress.phase as keyof typeof line]), "");
        },
      });
      assert.deepEqual(
        shown.map(({ phase }) => phase),
        ["creating", "downloading", "starting"],
      );
    });

    it("has a folder that no other user may have prepared", async () => {
      const all = join(lab.home(), ".local/state/pulumi-multipass/launches");
      chmodSync(all, 0o777);
      await follow(await dispatch("exit 0"));
      assert.equal(statSync(all).mode & 0o777, 0o700);
      execFileSync("ls", [all]);
    });
  });
}
