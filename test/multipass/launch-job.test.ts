import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { awaitLaunch, dispatchLaunch } from "../../provider/multipass/launch-job.ts";

describe("a launch in a process of its own", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "multipass-launch-"));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const launch = async (script: string, args: string[] = [], input?: string) => {
    const client = join(folder, "client");
    writeFileSync(client, `#!/bin/sh\n${script}\n`);
    chmodSync(client, 0o755);
    const launched = await dispatchLaunch(client, args, input, join(folder, "launch"));
    return { launched, result: await awaitLaunch(launched, { sleep: (ms) => delay(ms) }) };
  };

  it("keeps what the client says, and how it ends", async () => {
    const { result } = await launch('echo "$# $2"; echo "launch failed: no" >&2; exit 2', ["--name", "a b"]);
    assert.deepEqual(result, { exitCode: 2, stdout: "2 a b\n", stderr: "launch failed: no\n" });
  });

  it("gives the client the user-data on its stdin, and nothing where there is none", async () => {
    assert.equal((await launch("cat", [], "#cloud-config\nx: ü\n")).result?.stdout, "#cloud-config\nx: ü\n");
    assert.equal((await launch("cat")).result?.stdout, "");
  });

  it("does not mind a client that ends without having read the user-data", async () => {
    const { result } = await launch("exec <&-; exit 3", [], "#".repeat(1_000_000));
    assert.equal(result?.exitCode, 3);
  });

  it("takes the death of a client for no answer", async () => {
    assert.equal((await launch("kill -9 $$")).result, undefined);
  });

  it("takes a client that is not there for no answer", async () => {
    const launched = await dispatchLaunch(join(folder, "none"), [], undefined, join(folder, "launch"));
    assert.equal(await awaitLaunch(launched, { sleep: (ms) => delay(ms) }), undefined);
  });

  it("lets nobody else read what was said", async function () {
    if (process.platform === "win32") this.skip();
    const { launched } = await launch("echo secret");
    for (const file of ["stdout", "stderr", "result.json"])
      assert.equal(statSync(join(launched.folder, file)).mode & 0o777, 0o600);
  });
});
