import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { changes, runClient } from "../../provider/multipass/run.ts";

describe("a call of the client", () => {
  const folder = mkdtempSync(join(tmpdir(), "client-"));
  after(() => rmSync(folder, { recursive: true }));

  function client(script: string): string {
    const file = join(folder, "multipass");
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
    return file;
  }

  before(function () {
    if (process.platform === "win32") this.skip();
  });

  it("that prints more than can be kept fails for good, and says why", async () => {
    const call = runClient(client("head -c 70000000 /dev/zero"), {
      args: ["exec", "dev"],
      timeoutMs: 60_000,
    });
    await assert.rejects(call, (error: Error & { kind?: string; transient?: boolean }) => {
      assert.deepEqual([error.kind, error.transient], ["bad-output", false]);
      assert.match(error.message, /more than 64 MiB/);
      return true;
    });
  });

  it("may have more time than a timer can count", async () => {
    const { stdout } = await runClient(client("sleep 0.3; echo well"), { args: ["list"], timeoutMs: 3e9 });
    assert.equal(stdout, "well\n");
  });

  it("counts as a change only where it is no mere question", async () => {
    const before = changes();
    for (const args of [["aliases"], ["list"], ["get", "local.driver"]])
      await runClient(client("true"), { args, timeoutMs: 60_000 });
    assert.equal(changes(), before);
    await runClient(client("true"), { args: ["set", "local.driver=qemu"], timeoutMs: 60_000 });
    assert.equal(changes(), before + 2);
  });
});
