import assert from "node:assert/strict";
import { dirname } from "node:path";
import { startSimulator } from "../../simulator/src/index.ts";
import { disposed } from "../support/disposed.ts";
import { noteCalls } from "../support/logs.ts";
import { needsWay, openSshHosts } from "../support/ssh-hosts.ts";
import { command } from "./command.ts";
import { doctorJson } from "./doctor.ts";

describe("pulumi-multipass doctor --host", () => {
  before(function () {
    needsWay(this, "a stand-in for ssh");
  });

  /** A healthy host behind ssh, from a computer without Multipass. */
  async function withHost(use: (env: Record<string, string>, down: () => Promise<void>) => Promise<void>) {
    const ssh = disposed(await openSshHosts("a stand-in for ssh"));
    const sim = noteCalls(disposed(await startSimulator({})));
    await ssh.add("lab1", { path: dirname(sim.bin) });
    const images = sim.env.PULUMI_MULTIPASS_IMAGE_SERVER ?? "";
    const env = {
      PULUMI_MULTIPASS_SSH: ssh.program,
      PULUMI_MULTIPASS_IMAGE_SERVER: images,
      MULTIPASS_BIN: "/nowhere",
    };
    await use(env, () => ssh.down("lab1"));
  }

  it("examines that host, and nothing on this computer", () =>
    withHost(async (env) => {
      const { report, code, check } = await doctorJson(env, "--host", "me@lab1");
      assert.equal(code, 0, JSON.stringify(report.checks));
      assert.equal(check("client").detail, "multipass on me@lab1");
      for (const id of ["network", "names", "port-53", "memory", "disk", "confinement"])
        assert.deepEqual([check(id).status, check(id).detail], ["skip", "the daemon runs on me@lab1"], id);
      assert.equal(check("image-index").status, "ok");
      assert.match(check("image-list").detail, /images/);
    }));

  it("reports a host that is away as a temporary failure", () =>
    withHost(async (env, down) => {
      await down();
      const { code, check, report } = await doctorJson(env, "--host", "lab1");
      assert.equal(code, 3);
      assert.equal(check("client").kind, "host-unreachable");
      // Once is enough: the other checks wait for that one.
      for (const { id, status } of report.checks) assert.equal(status, id === "client" ? "fail" : "skip", id);
    }));

  it("says that a host has no client", async () => {
    const ssh = disposed(await openSshHosts("a stand-in for ssh"));
    await ssh.add("bare", { path: "/nowhere" });
    const env = { PULUMI_MULTIPASS_SSH: ssh.program, PULUMI_MULTIPASS_IMAGE_SERVER: "http://127.0.0.1:9/" };
    const { code, check } = await doctorJson(env, "--host", "bare");
    assert.equal(code, 1);
    assert.deepEqual([check("client").status, check("client").kind], ["fail", "client-missing"]);
    assert.equal(check("version").status, "skip");
  });

  it("refuses a host that ssh would read as an option", async () => {
    const { code, stderr } = await command(["doctor", "--host=-oProxyCommand=id"], {});
    assert.equal(code, 2);
    assert.match(stderr, /not a host for ssh/);
  });
});
