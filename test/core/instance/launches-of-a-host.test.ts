import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { newMultipass } from "../../../provider/core/multipass.ts";
import { systemClock } from "../../../provider/driver/clock.ts";
import { SshHost } from "../../../provider/driver/transport/ssh.ts";
import { fakeComputer } from "../../support/fake-computer.ts";
import { oneHost } from "../../support/ssh-hosts.ts";

describe("the number of simultaneous launches on another host", () => {
  const lab = oneHost("a stand-in for ssh");
  const onHost = () =>
    newMultipass("multipass", systemClock, fakeComputer({ env: {} }), undefined, new SshHost("lab1"));

  /** How many of twenty launches are under way at once. */
  function limitsOf({ launches }: ReturnType<typeof onHost>) {
    let begun = 0;
    const never = new Promise<never>(() => undefined);
    for (let index = 0; index < 20; index++)
      void launches.run((booted) => {
        begun++;
        booted();
        return never;
      });
    return new Promise<number>((resolve) => setImmediate(() => setImmediate(() => resolve(begun))));
  }

  for (const [script, cores] of [
    ["echo 6", 6],
    ["echo undefined", 1],
    ["exit 1", 1],
  ] as const)
    it(`is the number of its cores, or one if that is unknown: ${script}`, async () => {
      for (const name of ["getconf", "nproc", "sysctl"]) lab.put(name, script);
      const host = onHost();
      await host.measured();
      assert.equal(await limitsOf(host), cores);
    });

  it("is one until the host answers a question that is asked only once", async () => {
    lab.put("getconf", 'echo x >>"$HOME/asked"; echo 6');
    const host = onHost();
    await lab.down();
    await assert.rejects(host.measured(), /Unable to reach host/);
    await lab.up();
    await Promise.all([host.measured(), host.measured()]);
    await host.measured();
    assert.equal(readFileSync(join(lab.home(), "asked"), "utf8"), "x\n");
    assert.equal(await limitsOf(host), 6);
  });
});
