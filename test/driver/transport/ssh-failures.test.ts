import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Driver } from "../../../provider/driver/driver.ts";
import { runClient } from "../../../provider/driver/run.ts";
import { SshHost } from "../../../provider/driver/transport/ssh.ts";
import { withEnv } from "../../support/with-env.ts";
import { KNOWN_SSH_FAILURES } from "../known-failures.ts";

describe("failures of ssh", () => {
  let dir: string;
  before(function () {
    if (process.platform === "win32") this.skip();
    dir = mkdtempSync("/tmp/ssh-");
  });
  after(() => dir && rmSync(dir, { recursive: true }));

  async function fails(
    said: string,
    code: number,
    end = `exit ${code}`,
  ): Promise<Error & { kind?: string; transient?: boolean }> {
    writeFileSync(join(dir, "words"), said);
    writeFileSync(join(dir, "ssh"), `#!/bin/sh\ncat "${dir}/words" >&2\n${end}\n`);
    chmodSync(join(dir, "ssh"), 0o755);
    const restore = withEnv({ PULUMI_MULTIPASS_SSH: join(dir, "ssh") });
    return new Driver("multipass", {}, new SshHost("lab2"))
      .list()
      .then(
        () => assert.fail("it has worked"),
        (error) => error,
      )
      .finally(restore);
  }

  for (const { kind, transient, said: all } of KNOWN_SSH_FAILURES) {
    for (const said of all) {
      it(`${kind}${transient ? " (transient)" : ""}: ${said.split("\n")[0] || "nothing"}`, async () => {
        const error = await fails(`${said}\n`, 255);
        assert.deepEqual([error.kind, error.transient], [kind, transient]);
        assert.match(error.message, /^Unable to reach host "lab2": /);
        assert.ok(error.message.includes("\n"), "there is a remedy");
      });
    }
  }

  it("are told from a login shell that runs nothing", async () => {
    const error = await fails("This account is currently not available.\n", 1);
    assert.deepEqual([error.kind, error.transient], ["host-access-denied", false]);
  });

  it("are temporary if somebody ends ssh", async () => {
    const error = await fails("", 255, "kill -9 $$");
    assert.deepEqual([error.kind, error.transient], ["host-unreachable", true]);
  });

  /** An ssh that opens the connection, and loses what the host says after that. */
  async function loses(command: string, end: string) {
    const script = `#!/bin/sh
[ -f "${dir}/opened" ] && { sh -c 'IFS= read -r p; :'; ${end}; }
: >"${dir}/opened"
for last; do :; done
exec sh -c "$last"`;
    writeFileSync(join(dir, "ssh"), script, { mode: 0o755 });
    rmSync(join(dir, "opened"), { force: true });
    const restore = withEnv({ PULUMI_MULTIPASS_SSH: join(dir, "ssh") });
    const call = { args: [command, "x"], timeoutMs: 60_000 };
    return runClient(new Driver("multipass", {}, new SshHost("lab2")), call)
      .then(
        () => assert.fail("it has worked"),
        (error) => [error.kind, error.transient],
      )
      .finally(restore);
  }

  for (const end of ["kill -9 $$", "echo 'Connection to lab2 closed by remote host.' >&2; exit 255"])
    it(`leave the outcome open if the connection is cut before the host is heard: ${end}`, async () => {
      assert.deepEqual(await loses("delete", end), ["call-timeout", true]);
      assert.deepEqual(await loses("exec", end), ["guest-connection-lost", true]);
    });

  it("say that nothing was done if there was no connection", async () => {
    const end = "echo 'ssh: connect to host lab2 port 22: No route to host' >&2; exit 255";
    assert.deepEqual(await loses("exec", end), ["host-unreachable", true]);
  });

  it("show nothing that a terminal would obey", async () => {
    const error = await fails("\u001b]0;owned\u0007\u001b[2J lab2: Permission denied\u009b\n", 255);
    assert.equal(error.kind, "host-access-denied");
    assert.match(error.message, /lab2: Permission denied/);
    assert.doesNotMatch(error.message, /[^\P{Cc}\n]/u);
  });

  it("say so if there is no ssh", async () => {
    const restore = withEnv({ PULUMI_MULTIPASS_SSH: join(dir, "none") });
    await assert
      .rejects(new Driver("multipass", {}, new SshHost("lab2")).list(), { kind: "client-missing" })
      .finally(restore);
  });
});
