import assert from "node:assert/strict";
import { get, info, mustStop, set, vm } from "./instance.ts";
import { expect, listed, must, type Statement, withoutSpinner } from "./statement.ts";

/** What holds of an instance that is suspended or stopped: its size, its snapshots, clones and mounts. */
export const stoppedStatements: Statement[] = [
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
    since: 115,
    async holds(subject) {
      const { stdout } = await must(subject, ["clone", vm(subject)]);
      assert.match(
        withoutSpinner(stdout),
        new RegExp(`Cloned from ${vm(subject)} to ${vm(subject)}-clone1\\.\n`),
      );
      const clone = `${vm(subject)}-clone1`;
      assert.equal((await info(subject, clone)).snapshot_count, "0");
      await must(subject, ["delete", "--purge", clone]);
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
];
