import assert from "node:assert/strict";
import { InstanceLock } from "../../../provider/core/operation/lock.ts";

describe("the lock of an instance", () => {
  it("lets many work together, but an exclusive one alone, in order of arrival", async () => {
    const lock = new InstanceLock();
    const seen: string[] = [];
    const gates = new Map<string, () => void>();
    const work = (name: string) => async () => {
      seen.push(`+${name}`);
      await new Promise<void>((done) => gates.set(name, done));
      seen.push(`-${name}`);
    };
    const all = [
      lock.shared(work("a")),
      lock.shared(work("b")),
      lock.exclusive(work("X")),
      lock.shared(work("c")),
    ];
    const turn = () => new Promise((done) => setImmediate(done));
    for (const name of ["b", "a", "X", "c"]) {
      await turn();
      gates.get(name)?.();
    }
    await Promise.all(all);
    assert.deepEqual(seen, ["+a", "+b", "-b", "-a", "+X", "-X", "+c", "-c"]);
  });

  it("is free again after a failure", async () => {
    const lock = new InstanceLock();
    await assert.rejects(lock.exclusive(() => Promise.reject(new Error("no"))));
    assert.equal(await lock.exclusive(async () => "yes"), "yes");
  });
});
