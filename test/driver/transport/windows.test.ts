import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Driver } from "../../../provider/driver/driver.ts";
import { runClient } from "../../../provider/driver/run.ts";
import { SshHost } from "../../../provider/driver/transport/ssh.ts";
import { withEnv } from "../../support/with-env.ts";

/** What Windows' own `ssh.exe` does with options of a shared connection, and otherwise a session here. */
const script = (dir: string) => `#!/bin/sh
case "$*" in *Control[MP]*) printf 'getsockname failed: Not a socket\\r\\n' >&2; exit 255 ;; esac
mkdir "${dir}/now.$$"
ls -d "${dir}"/now.* | wc -l >>"${dir}/counts"
for last; do :; done
PATH="${dir}:$PATH" sh -c "$last"
code=$?
rmdir "${dir}/now.$$"
exit $code`;

describe("the ssh of Windows, which shares no connection", () => {
  let dir: string;
  let restore: (() => void) | undefined;
  before(function () {
    if (process.platform === "win32") this.skip();
    dir = mkdtempSync("/tmp/ssh-");
    const executable = (name: string, text: string) => writeFileSync(join(dir, name), text, { mode: 0o755 });
    executable("ssh", script(dir));
    executable("multipass", `#!/bin/sh\nsleep 0.1\ncat\nexit 3\n`);
    restore = withEnv({ PULUMI_MULTIPASS_SSH: join(dir, "ssh") });
  });
  after(() => {
    restore?.();
    if (dir) rmSync(dir, { recursive: true, force: true });
  });

  const on = (platform: NodeJS.Platform) =>
    new Driver("multipass", {}, new SshHost("lab1", "lab1", platform));

  it("is not asked to share one", async () => {
    const call = { args: ["exec", "x"], input: "said", timeoutMs: 60_000 };
    const { exitCode, stdout } = await runClient(on("win32"), call);
    assert.deepEqual([exitCode, stdout], [3, "said"]);
    await assert.rejects(runClient(on("linux"), call), { kind: "host-unreachable" });
  });

  it("opens fewer connections at once than a server accepts before they are authenticated", async () => {
    const driver = on("win32");
    const calls = Array.from({ length: 30 }, (_, index) =>
      runClient(driver, { args: [index % 2 ? "list" : "exec"], timeoutMs: 60_000 }),
    );
    assert.ok((await Promise.all(calls)).every(({ exitCode }) => exitCode === 3));
    const atOnce = readFileSync(join(dir, "counts"), "utf8").trim().split(/\s+/).map(Number);
    // sshd begins to refuse at ten (`MaxStartups`).
    assert.ok(Math.max(...atOnce) < 10, `${Math.max(...atOnce)} at once`);
  });
});
