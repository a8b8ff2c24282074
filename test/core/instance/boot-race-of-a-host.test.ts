import assert from "node:assert/strict";
import { ownerOf } from "../../support/simulated-host.ts";
import { simulatedWorlds } from "../../support/simulated-worlds.ts";
import { needsWay } from "../../support/ssh-hosts.ts";
import { until } from "../../support/until.ts";

describe("the boot of another host", function () {
  this.timeout(240_000);
  before(function () {
    needsWay(this, "a stand-in for ssh");
  });

  it("is waited for: first ssh, then the daemon, then its network [long]", async () => {
    const faults = { socketAt: 100, networkAt: 200, guest: { bootSeconds: 5, cloudInitSeconds: 5 } };
    await using worlds = await simulatedWorlds(["here", "lab1"], { version: "1.16.3", faults });
    await worlds.ssh.down("lab1");
    const said: string[] = [];
    let made: Promise<void> = Promise.resolve();
    const calls = await worlds.callsDuring(async () => {
      made = worlds.own("lab1", "web", ownerOf("web"), (line) => said.push(line));
      await until(() => said.some((line) => line.startsWith("waiting for the ssh host")));
      await worlds.ssh.up("lab1");
      await made;
    });
    worlds.multipass("lab1", "info", "web");
    assert.ok(
      said.some((line) => /^waiting for (?:the daemon|image)/.test(line)),
      said.join("\n"),
    );
    assert.ok(!calls.some((call) => call.startsWith("here ")), calls.join());
  });
});
