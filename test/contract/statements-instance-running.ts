import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { info, mustStop, set, vm } from "./instance.ts";
import { expect, listed, must, type Statement, withoutSpinner } from "./statement.ts";

/** What holds of an instance from its launch on, while it runs. */
export const runningStatements: Statement[] = [
  {
    title: "launch says Launched: on stdout and leaves the instance Running with an address",
    async holds(subject) {
      const name = vm(subject);
      const userData = "#cloud-config\nwrite_files:\n  - path: /etc/contract\n    content: hello\n";
      const size = ["--cpus", "1", "--memory", "1G", "--disk", "5G"];
      const { stdout } = await must(
        subject,
        ["launch", subject.image, "--name", name, ...size, "--cloud-init", "-"],
        userData,
      );
      assert.match(
        withoutSpinner(stdout),
        subject.version >= 117 ? /Launched: \S+ in \S+\n/ : /Launched: \S+\n/,
      );
      const entry = await listed(subject, name);
      assert.equal(entry?.state, "Running");
      assert.match(entry?.ipv4[0] ?? "", /^\d+\.\d+\.\d+\.\d+$/);
    },
  },
  {
    title: "list --no-ipv4 has no addresses",
    async holds(subject) {
      const { list } = JSON.parse((await must(subject, ["list", "--no-ipv4", "--format", "json"])).stdout);
      assert.deepEqual(list.find((entry: { name: string }) => entry.name === vm(subject)).ipv4, []);
    },
  },
  {
    title: "zone is told in list since 1.17 only",
    async holds(subject) {
      const entry = (await listed(subject, vm(subject))) as { zone?: { name: string } };
      assert.equal(typeof entry.zone?.name, subject.version >= 117 ? "string" : "undefined");
    },
  },
  {
    title: "info of a running instance has strings for counts and disks, numbers for memory and load",
    async holds(subject) {
      const own = await info(subject);
      assert.equal(own.state, "Running");
      assert.equal(own.cpu_count, "1");
      assert.equal(own.snapshot_count, "0");
      assert.equal(typeof own.disks.sda1.total, "string");
      assert.equal(typeof own.memory.total, "number");
      assert.equal(own.load.length, 3);
      assert.match(own.image_hash, /^[0-9a-f]{64}$/);
      assert.deepEqual(own.mounts, {});
    },
  },
  {
    title: "launch of a name that exists is refused",
    async holds(subject) {
      const outcome = await subject.run(["launch", subject.image, "--name", vm(subject)]);
      expect(outcome, 2, `launch failed: instance "${vm(subject)}" already exists\n`);
    },
  },
  {
    title: "launch with a disk below the image's size is refused after Creating, and leaves nothing",
    async holds(subject) {
      const name = subject.name("small");
      const outcome = await subject.run(["launch", subject.image, "--name", name, "--disk", "1G"]);
      expect(
        outcome,
        2,
        /^launch failed: Requested disk \(1073741824 bytes\) below minimum for this image \(\d+ bytes\)\n$/,
      );
      assert.match(outcome.stdout, /Creating /);
      assert.equal(await listed(subject, name), undefined);
    },
  },
  {
    title: "exec hands on streams and exit code",
    async holds(subject) {
      const outcome = await subject.run([
        "exec",
        vm(subject),
        "--",
        "sh",
        "-c",
        "echo out; echo err >&2; exit 7",
      ]);
      assert.deepEqual([outcome.code, outcome.stdout, outcome.stderr], [7, "out\n", "err\n"]);
      const unknown = await subject.run(["exec", vm(subject), "--", "nosuchcmd"]);
      assert.deepEqual([unknown.code, unknown.stderr], [127, "bash: line 1: nosuchcmd: command not found\n"]);
      assert.equal((await subject.run(["exec", vm(subject), "--", "cat"], "stdin")).stdout, "stdin");
    },
  },
  {
    // Whether the client also logs the signal depends on the SSH library that it was built with.
    title: "exec answers 255 for a command that a signal has killed",
    async holds(subject) {
      const outcome = await subject.run(["exec", vm(subject), "--", "sh", "-c", "kill -9 $$"]);
      expect(outcome, 255, "");
      assert.equal(outcome.stdout, "");
    },
  },
  {
    title: "exec in a directory that is not there fails with 1",
    async holds(subject) {
      const outcome = await subject.run(["exec", vm(subject), "--working-directory", "/nosuch", "--", "pwd"]);
      expect(outcome, 1, "bash: line 1: cd: /nosuch: No such file or directory\n");
    },
  },
  {
    title: "the user-data has been applied",
    async holds(subject) {
      assert.equal(
        (await must(subject, ["exec", vm(subject), "--", "cat", "/etc/contract"])).stdout,
        "hello",
      );
      await must(subject, ["exec", vm(subject), "--", "test", "-e", "/var/lib/cloud/instance/boot-finished"]);
    },
  },
  {
    title: "cloud-init status --format json is an object with status and errors",
    async holds(subject) {
      const { stdout } = await subject.run([
        "exec",
        vm(subject),
        "--",
        "cloud-init",
        "status",
        "--format",
        "json",
      ]);
      const status = JSON.parse(stdout);
      assert.ok(["done", "error"].includes(status.status));
      assert.ok(Array.isArray(status.errors));
    },
  },
  {
    title: "transfer brings files in and out; a missing one is a log record and exit 2",
    async holds(subject) {
      const file = join(subject.folder, "file.txt");
      writeFileSync(file, "content");
      await must(subject, ["transfer", file, `${vm(subject)}:/home/ubuntu/`]);
      assert.equal((await must(subject, ["transfer", `${vm(subject)}:file.txt`, "-"])).stdout, "content");
      const missing = await subject.run(["transfer", `${vm(subject)}:/home/ubuntu/nosuch`, subject.folder]);
      assert.equal(missing.code, 2);
      assert.match(
        missing.stderr,
        /\[error\] \[sftp\] cannot open remote file \/home\/ubuntu\/nosuch: SFTP server: No such file\n$/,
      );
    },
  },
  {
    title: "settings are only to be changed when stopped, whatever the value",
    async holds(subject) {
      for (const setting of ["cpus=2", "memory=1K", "disk=9G"]) {
        expect(
          await set(subject, setting),
          2,
          `set failed: Cannot update instance settings; instance: ${vm(subject)}; reason: ${mustStop}\n`,
        );
      }
      expect(
        await set(subject, "bogus=1"),
        2,
        `set failed: Unrecognized settings key: 'local.${vm(subject)}.bogus'\n`,
      );
    },
  },
  {
    title: "snapshot wants a stopped instance",
    async holds(subject) {
      expect(
        await subject.run(["snapshot", vm(subject)]),
        2,
        "snapshot failed: Multipass can only take snapshots of stopped instances.\n",
      );
    },
  },
  {
    title: "clone wants a stopped instance",
    since: 115,
    async holds(subject) {
      expect(
        await subject.run(["clone", vm(subject)]),
        2,
        "clone failed: Multipass can only clone stopped instances.\n",
      );
    },
  },
  {
    title: "a native mount wants a stopped instance; umount names a path that is not mounted",
    async holds(subject) {
      expect(
        await subject.run(["mount", "--type", "native", subject.folder, `${vm(subject)}:/mnt/n`]),
        2,
        `mount failed: Please stop the instance ${vm(subject)} before attempting native mounts.\n`,
      );
      expect(
        await subject.run(["umount", `${vm(subject)}:/nosuch`]),
        2,
        `umount failed: The following errors occurred:\npath "/nosuch" is not mounted in '${vm(subject)}'\n`,
      );
      await must(subject, ["umount", vm(subject)]);
    },
  },
];
