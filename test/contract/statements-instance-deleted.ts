import assert from "node:assert/strict";
import { info, vm } from "./instance.ts";
import { expect, listed, must, type Statement } from "./statement.ts";
import type { Subject } from "./subject.ts";

/** An instance of its own, since not every version can clone the one that the other statements follow. */
const doomed = (subject: Subject) => subject.name("doomed");

/** What holds of an instance that is deleted, and of what is left when it is purged. */
export const deletedStatements: Statement[] = [
  {
    title: "a deleted instance keeps its name, and says so in every command's own words",
    async holds(subject) {
      const name = doomed(subject);
      await must(subject, ["launch", subject.image, "--name", name]);
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
      const name = doomed(subject);
      await must(subject, ["recover", name]);
      assert.equal((await listed(subject, name))?.state, "Stopped");
      await must(subject, ["recover", name]);
    },
  },
  {
    title: "delete is all or nothing; --purge removes for good",
    async holds(subject) {
      const name = doomed(subject);
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
