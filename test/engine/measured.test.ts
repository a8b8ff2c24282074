import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startNode } from "./process.ts";

const hook = fileURLToPath(new URL("./measured-plugin.cjs", import.meta.url));

describe("a measured plugin", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "multipass-coverage-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function start(script: string) {
    const started = startNode({
      args: ["--require", hook, "-e", `${script}; setInterval(() => {}, 1000); console.log("up")`],
      cwd: folder,
      env: { NODE_V8_COVERAGE: folder },
      onStdout: () => void started.child.kill("SIGTERM"),
      onStderr: () => undefined,
    });
    return started.ended;
  }

  before(function () {
    // Windows has no signals, and ends a process without asking it.
    if (process.platform === "win32") this.skip();
  });

  it("writes its coverage when SIGTERM ends it", async () => {
    assert.equal(await start(""), "SIGTERM");
    assert.ok(readdirSync(folder).length > 0);
  });

  it("ends when the provider says so, where that listens to the signal", async () => {
    const code = await start(`process.on("SIGTERM", () => setTimeout(() => process.exit(130), 100))`);
    assert.equal(code, 130);
    assert.ok(readdirSync(folder).length > 0);
  });
});
