import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, listed, must, type Statement, withoutSpinner } from "./statement.ts";
import type { Subject } from "./subject.ts";

const vm = (subject: Subject) => subject.name("vm");
const get = async (subject: Subject, key: string) =>
  (await must(subject, ["get", `local.${vm(subject)}.${key}`])).stdout;
const set = (subject: Subject, setting: string) => subject.run(["set", `local.${vm(subject)}.${setting}`]);
const info = async (subject: Subject, name = vm(subject)) =>
  JSON.parse((await must(subject, ["info", name, "--format", "json"])).stdout).info[name];
const mustStop = "Instance must be stopped for modification";

/** The life of one instance, in order: each statement finds what the one before has left. */
export const instanceStatements: Statement[] = [
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
    title: "exec tells a command killed by a signal by 255 and a log record",
    async holds(subject) {
      const { code, stderr } = await subject.run(["exec", vm(subject), "--", "sh", "-c", "kill -9 $$"]);
      assert.equal(code, 255);
      assert.match(stderr, /^\[.*\] \[error\] \[ssh client\] Process terminated by signal: KILL\n$/);
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
    title: "snapshot and clone want a stopped instance",
    async holds(subject) {
      expect(
        await subject.run(["snapshot", vm(subject)]),
        2,
        "snapshot failed: Multipass can only take snapshots of stopped instances.\n",
      );
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
  {
    title: "suspended: no runtime values, stop is refused, suspend is nothing, exec resumes",
    async holds(subject) {
      await must(subject, ["suspend", vm(subject)]);
      const own = await info(subject);
      assert.equal(own.state, "Suspended");
      assert.deepEqual(
        [own.cpu_count, own.release, own.load, own.memory, own.disks, own.ipv4],
        ["", "", [], {}, { sda1: {} }, []],
      );
      expect(
        await subject.run(["stop", vm(subject)]),
        2,
        `stop failed: Cannot shut down suspended instance ${vm(subject)}.\nUse --force to power it off.\n`,
      );
      await must(subject, ["suspend", vm(subject)]);
      assert.match((await set(subject, "cpus=2")).stderr, new RegExp(mustStop));
      const { stdout } = await must(subject, ["exec", vm(subject), "--", "true"]);
      assert.match(stdout, /Starting /);
      assert.equal((await listed(subject, vm(subject)))?.state, "Running");
    },
  },
  {
    title: "restart wants a running instance",
    async holds(subject) {
      await must(subject, ["restart", vm(subject)]);
      await must(subject, ["stop", vm(subject)]);
      expect(await subject.run(["restart", vm(subject)]), 2, /Instance '.*' is not running/);
      await must(subject, ["stop", vm(subject)]);
    },
  },
  {
    title: "cpus, memory and disk of a stopped instance: sizes read back rounded, disk only grows",
    async holds(subject) {
      assert.deepEqual(
        [await get(subject, "cpus"), await get(subject, "memory"), await get(subject, "disk")],
        ["1\n", "1.0GiB\n", "5.0GiB\n"],
      );
      expect(await set(subject, "cpus=2"), 0, "");
      assert.equal(await get(subject, "cpus"), "2\n");
      expect(await set(subject, "memory=1100M"), 0, "");
      assert.equal(await get(subject, "memory"), "1.1GiB\n");
      const invalid = (setting: string, text: string) =>
        `set failed: Invalid setting 'local.${vm(subject)}.${setting}': ${text}\n`;
      expect(await set(subject, "disk=2G"), 2, invalid("disk=2G", "Disk can only be expanded"));
      expect(await set(subject, "disk=5G"), 0, "");
      expect(await set(subject, "disk=6G"), 0, "");
      assert.equal(await get(subject, "disk"), "6.0GiB\n");
      const minimum = subject.version >= 117 ? "512M" : "128M";
      expect(
        await set(subject, "memory=1K"),
        2,
        invalid("memory=1K", `Memory less than ${minimum} minimum not allowed`),
      );
      expect(
        await set(subject, "cpus=0"),
        2,
        invalid("cpus=0", "Need a positive integer (in decimal format) of minimum 1"),
      );
    },
  },
  {
    title: "snapshots: names, parents, what is refused",
    async holds(subject) {
      const taken = await must(subject, ["snapshot", vm(subject)]);
      assert.match(withoutSpinner(taken.stdout), new RegExp(`Snapshot taken: ${vm(subject)}\\.snapshot1\n`));
      await must(subject, ["snapshot", vm(subject), "--name", "s2", "--comment", "second one"]);
      expect(
        await subject.run(["snapshot", vm(subject), "--name", "s2"]),
        2,
        `snapshot failed: Snapshot already exists: ${vm(subject)}.s2\n`,
      );
      expect(
        await subject.run(["snapshot", vm(subject), "--name", "bad name!"]),
        2,
        'snapshot failed: Invalid snapshot name: "bad name!".\n',
      );
      const all = JSON.parse((await must(subject, ["list", "--snapshots", "--format", "json"])).stdout);
      assert.deepEqual(all.info[vm(subject)], {
        s2: { parent: "snapshot1", comment: "second one" },
        snapshot1: { parent: "", comment: "" },
      });
      const { snapshots } = await JSON.parse(
        (await must(subject, ["info", `${vm(subject)}.snapshot1`, "--format", "json"])).stdout,
      ).info[vm(subject)];
      assert.deepEqual(
        [
          snapshots.snapshot1.size,
          snapshots.snapshot1.cpu_count,
          snapshots.snapshot1.disk_space,
          snapshots.snapshot1.children,
        ],
        ["", "2", "6.0GiB", ["s2"]],
      );
      expect(
        await subject.run(["info", `${vm(subject)}.nosuch`]),
        2,
        `info failed: The following errors occurred:\nNo such snapshot: ${vm(subject)}.nosuch\n`,
      );
    },
  },
  {
    title: "restore asks for confirmation, and sets back the properties",
    async holds(subject) {
      await set(subject, "cpus=3");
      const snapshot = `${vm(subject)}.snapshot1`;
      const unconfirmed = await subject.run(["restore", snapshot]);
      assert.equal(unconfirmed.code, subject.version >= 117 ? 2 : 1);
      if (subject.version >= 117) {
        expect(unconfirmed, 2, /\nrestore failed: Cannot get confirmation from client\. Aborting\.\.\.\n$/);
      }
      expect(
        await subject.run(["restore", `${vm(subject)}.nosuch`, "-d"]),
        2,
        `restore failed: No such snapshot: ${vm(subject)}.nosuch\n`,
      );
      await must(subject, ["restore", snapshot, "--destructive"]);
      assert.equal(await get(subject, "cpus"), "2\n");
    },
  },
  {
    title: "a snapshot is deleted only with --purge",
    async holds(subject) {
      const { code, stderr } = await subject.run(["delete", `${vm(subject)}.s2`]);
      assert.equal(code, 1);
      assert.match(stderr, /Caught an unhandled exception: Snapshots can only be purged/);
      await must(subject, ["delete", "--purge", `${vm(subject)}.s2`]);
    },
  },
  {
    title: "clone says where to, and takes no snapshots along",
    async holds(subject) {
      const { stdout } = await must(subject, ["clone", vm(subject)]);
      assert.match(
        withoutSpinner(stdout),
        new RegExp(`Cloned from ${vm(subject)} to ${vm(subject)}-clone1\\.\n`),
      );
      assert.equal((await info(subject, `${vm(subject)}-clone1`)).snapshot_count, "0");
      expect(
        await subject.run(["clone", vm(subject), "--name", vm(subject)]),
        2,
        `clone failed: instance "${vm(subject)}" already exists\n`,
      );
    },
  },
  {
    title: "a mount of a stopped instance is shown with its mappings",
    async holds(subject) {
      await must(subject, ["mount", subject.folder, `${vm(subject)}:/mnt/share`]);
      const { mounts } = await info(subject);
      assert.equal(mounts["/mnt/share"].source_path, subject.folder);
      assert.match(mounts["/mnt/share"].uid_mappings[0], /^\d+:default$/);
      expect(
        await subject.run(["mount", subject.folder, `${vm(subject)}:/mnt/share`]),
        2,
        `mount failed: The following errors occurred:\n"/mnt/share" is already mounted in '${vm(subject)}'\n`,
      );
      expect(
        await subject.run(["mount", subject.folder, `${vm(subject)}:/home/ubuntu`]),
        2,
        /unable to mount to "\/home\/ubuntu"\n$/,
      );
      await must(subject, ["umount", vm(subject)]);
    },
  },
  {
    title: "a deleted instance keeps its name, and says so in every command's own words",
    async holds(subject) {
      const name = `${vm(subject)}-clone1`;
      await must(subject, ["delete", name]);
      await must(subject, ["delete", name]);
      assert.equal((await listed(subject, name))?.state, "Deleted");
      assert.equal((await info(subject, name)).cpu_count, "");
      expect(
        await subject.run(["start", name]),
        2,
        `start failed: instance(s) missing\nInstance '${name}' is deleted. Use 'recover' to recover it or 'purge' to permanently delete it.\n`,
      );
      const framed = (command: string) =>
        `${command} failed: The following errors occurred:\ninstance "${name}" is deleted\n`;
      expect(await subject.run(["stop", name]), 2, framed("stop"));
      expect(await subject.run(["exec", name, "--", "true"]), 2, framed("exec"));
      expect(
        await subject.run(["launch", subject.image, "--name", name]),
        2,
        `launch failed: instance "${name}" already exists\n`,
      );
      expect(await subject.run(["set", `local.${name}.cpus=2`]), 2, /reason: Instance is deleted\n$/);
    },
  },
  {
    title: "recover makes it Stopped, and accepts one that is not deleted",
    async holds(subject) {
      const name = `${vm(subject)}-clone1`;
      await must(subject, ["recover", name]);
      assert.equal((await listed(subject, name))?.state, "Stopped");
      await must(subject, ["recover", name]);
    },
  },
  {
    title: "delete is all or nothing; --purge removes for good",
    async holds(subject) {
      const name = `${vm(subject)}-clone1`;
      expect(
        await subject.run(["delete", "--purge", name, "nosuch"]),
        2,
        /instance "nosuch" does not exist\n$/,
      );
      assert.equal((await listed(subject, name))?.state, "Stopped");
      await must(subject, ["delete", "--purge", name]);
      assert.equal(await listed(subject, name), undefined);
      expect(await subject.run(["delete", "--purge", name]), 2, /does not exist\n$/);
    },
  },
  {
    title: "start of a running instance succeeds at once; delete --purge takes a running one",
    async holds(subject) {
      await must(subject, ["start", vm(subject)]);
      await must(subject, ["start", vm(subject)]);
      await must(subject, ["delete", "--purge", vm(subject)]);
      assert.equal(await listed(subject, vm(subject)), undefined);
    },
  },
];
