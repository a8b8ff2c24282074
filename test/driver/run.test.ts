import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, callClient, changes, runClient } from "../../provider/driver/run.ts";
import { until } from "../support/until.ts";

describe("a call of the client", () => {
  const folder = mkdtempSync(join(tmpdir(), "client-"));
  after(() => rmSync(folder, { recursive: true }));

  function client(script: string): Client {
    const file = join(folder, "multipass");
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
    return { client: file };
  }

  before(function () {
    if (process.platform === "win32") this.skip();
  });

  it("fails for good if it prints more than can be kept, and says why", async () => {
    const call = runClient(client("head -c 70000000 /dev/zero"), {
      args: ["exec", "dev"],
      timeoutMs: 60_000,
    });
    await assert.rejects(call, (error: Error & { kind?: string; transient?: boolean }) => {
      assert.deepEqual([error.kind, error.transient], ["bad-output", false]);
      assert.match(error.message, /after 64 MiB of output/);
      return true;
    });
  });

  it("keeps the beginning and the end of an output that somebody follows, however much comes between", async () => {
    let bytes = 0;
    const result = await runClient(
      client("echo begins; sleep 0.3; yes 'line after line' | head -c 200000000; echo; echo ends; exit 3"),
      {
        args: ["exec", "dev"],
        timeoutMs: 60_000,
        onOutput: (_, chunk) => {
          bytes += chunk.length;
        },
      },
    );
    assert.equal(result.exitCode, 3);
    assert.equal(bytes, 200_000_013);
    assert.match(
      result.stdout,
      /^begins\n(?:line after line\n)+(?:line[a-z ]*)?\n… 1[89]\d\.\d MiB are left out here …\n/,
    );
    assert.match(result.stdout, /\nends\n$/);
    assert.ok(result.stdout.length < 1_200_000, `${result.stdout.length}`);
  });

  for (const [output, number] of [
    ["stdout", 1],
    ["stderr", 2],
  ] as const) {
    it(`does not block this process if it prints much on ${output} and fails`, async () => {
      const before = process.cpuUsage();
      const call = callClient(client(`{ head -c 60000000 /dev/zero; echo; echo no; } >&${number}; exit 1`), {
        args: ["exec", "dev"],
        timeoutMs: 60_000,
      });
      await assert.rejects(call, /failed: no$/);
      // Of this process alone, whatever else the machine does. execa's own error takes 9 s, and most of that in one piece.
      const { user, system } = process.cpuUsage(before);
      assert.ok(user + system < 3_000_000, `${(user + system) / 1e6} s`);
    });
  }

  it("ends with the client, even if a child of the client keeps its output open", async () => {
    const begin = performance.now();
    const script = "sleep 20 & { sleep 0.3; echo late; } & echo out; echo err >&2; exit 3";
    const result = await runClient(client(script), { args: ["exec", "dev"], timeoutMs: 60_000 });
    assert.deepEqual(result, { exitCode: 3, stdout: "out\nlate\n", stderr: "err\n" });
    assert.ok(performance.now() - begin < 10_000);
  });

  it("leaves the client's children alone when it ends", async () => {
    const done = join(folder, "done");
    const call = runClient(client(`{ sleep 4; touch ${done}; } & exit 3`), {
      args: ["exec", "dev"],
      timeoutMs: 60_000,
    });
    assert.equal((await call).exitCode, 3);
    await until(() => existsSync(done));
  });

  it("does not wait for long while a child of the client continues to print", async () => {
    const begin = performance.now();
    const script = "{ for i in 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0; do echo; sleep 1; done; } & exit 3";
    const { exitCode } = await runClient(client(script), { args: ["exec", "dev"], timeoutMs: 60_000 });
    assert.equal(exitCode, 3);
    assert.ok(performance.now() - begin < 15_000);
  });

  it("loses no output while this process is too busy to read it", async () => {
    const call = runClient(client("sleep 0.3; head -c 100000 /dev/zero; exit 3"), {
      args: ["exec", "dev"],
      timeoutMs: 60_000,
    });
    await new Promise((done) => setTimeout(done, 200));
    const begin = performance.now();
    while (performance.now() - begin < 3_000);
    const { exitCode, stdout } = await call;
    assert.deepEqual([exitCode, stdout.length], [3, 100_000]);
  });

  it("is not started once the run is cancelled", async () => {
    const started = join(folder, "started");
    await assert.rejects(
      runClient(client(`touch ${started}`), {
        args: ["list"],
        timeoutMs: 60_000,
        signal: AbortSignal.abort(),
      }),
      { kind: "cancelled" },
    );
    assert.equal(existsSync(started), false);
  });

  it("returns everything that it prints, unchanged", async () => {
    const { stdout, stderr, exitCode } = await runClient(
      client("printf '\\303'; sleep 0.1; printf '\\251'; printf 'no\\n' >&2; exit 3"),
      { args: ["exec", "dev"], timeoutMs: 60_000 },
    );
    assert.deepEqual([stdout, stderr, exitCode], ["é", "no\n", 3]);
  });

  it("may have more time than a timer can count", async () => {
    const { stdout } = await runClient(client("sleep 0.3; echo well"), { args: ["list"], timeoutMs: 3e9 });
    assert.equal(stdout, "well\n");
  });

  it("counts as a change unless it is a question", async () => {
    const before = changes();
    for (const args of [["aliases"], ["list"], ["get", "local.driver"]])
      await runClient(client("true"), { args, timeoutMs: 60_000 });
    assert.equal(changes(), before);
    await runClient(client("true"), { args: ["set", "local.driver=qemu"], timeoutMs: 60_000 });
    assert.equal(changes(), before + 2);
  });
});
