import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Driver } from "../../../provider/driver/driver.ts";
import type { ErrorKind } from "../../../provider/driver/errors.ts";
import { SshHost } from "../../../provider/driver/transport/ssh.ts";
import { withEnv } from "../../support/with-env.ts";

/** What OpenSSH is known to say when it cannot reach a host, and whether a retry makes sense. */
const KNOWN: [kind: ErrorKind, transient: boolean, said: string[]][] = [
  [
    "host-unreachable",
    true,
    [
      "ssh: connect to host lab2 port 22: Connection refused",
      "ssh: connect to host lab2 port 22: Connection timed out",
      "ssh: connect to host lab2 port 22: No route to host",
      "ssh: connect to host lab2 port 22: Network is unreachable",
      "ssh: Could not resolve hostname lab2: Temporary failure in name resolution",
      "kex_exchange_identification: Connection closed by remote host\nConnection closed by 10.0.0.2 port 22",
      "Connection reset by 10.0.0.2 port 22",
      "Connection timed out during banner exchange",
      "Timeout, server lab2 not responding.",
      '"System is booting up. Unprivileged users are not permitted to log in yet. Please come back later."\nConnection closed by 10.0.0.2 port 22',
      "",
    ],
  ],
  [
    "host-unknown",
    false,
    [
      "ssh: Could not resolve hostname lab2: Name or service not known",
      "ssh: Could not resolve hostname lab2: nodename nor servname provided, or not known",
      "ssh: Could not resolve hostname lab2: No such host is known. ",
    ],
  ],
  [
    "host-access-denied",
    false,
    [
      "me@lab2: Permission denied (publickey).",
      "me@lab2: Permission denied (publickey,password,keyboard-interactive).",
      "Received disconnect from 10.0.0.2 port 22:2: Too many authentication failures",
      "sign_and_send_pubkey: no mutual signature supported\nme@lab2: Permission denied (publickey).",
    ],
  ],
  [
    "host-key-refused",
    false,
    [
      "Host key verification failed.",
      "No ED25519 host key is known for lab2 and you have requested strict checking.\nHost key verification failed.",
      "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @",
    ],
  ],
  [
    "invalid-argument",
    false,
    [
      "/home/me/.ssh/config: line 3: Bad configuration option: hots\n/home/me/.ssh/config: terminating, 1 bad configuration options",
      "Bad owner or permissions on /home/me/.ssh/config",
    ],
  ],
];

describe("failures of ssh", () => {
  let dir: string;
  before(function () {
    if (process.platform === "win32") this.skip();
    dir = mkdtempSync("/tmp/ssh-");
  });
  after(() => dir && rmSync(dir, { recursive: true }));

  async function fails(said: string, code: number): Promise<Error & { kind?: string; transient?: boolean }> {
    writeFileSync(join(dir, "words"), said);
    writeFileSync(join(dir, "ssh"), `#!/bin/sh\ncat "${dir}/words" >&2\nexit ${code}\n`);
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

  for (const [kind, transient, all] of KNOWN) {
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
