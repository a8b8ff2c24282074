import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { keepOwnCoverage, measuredPlugin } from "./measured.ts";
import { startNode } from "./process.ts";

describe("a measured plugin", () => {
  let folder: string;
  let script: string;
  let said: string[];
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "multipass-coverage-")));
    script = join(folder, "plugin.cjs");
    said = [];
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function start(more: string) {
    writeFileSync(script, `${more}; setInterval(() => {}, 1000); console.log("up")`);
    const { args, env } = measuredPlugin(join(folder, "coverage"));
    const started = startNode({
      args: [...args, script],
      cwd: folder,
      env,
      onStdout: () => void started.child.kill("SIGTERM"),
      onStderr: (line) => said.push(line),
    });
    return started;
  }

  const covered = () =>
    readdirSync(join(folder, "coverage")).flatMap((name) => {
      const { result } = JSON.parse(readFileSync(join(folder, "coverage", name), "utf8"));
      return result.map(({ url }: { url: string }) => url) as string[];
    });

  function assertCovered() {
    const urls = covered();
    assert.ok(urls.includes(pathToFileURL(script).href), `covered: ${urls.join(" ") || "nothing"}`);
  }

  before(function () {
    // Windows has no signals, and ends a process without asking it.
    if (process.platform === "win32") this.skip();
  });

  it("writes its coverage when SIGTERM ends it, and says nothing of that", async () => {
    assert.equal(await start("").ended, 143);
    assert.deepEqual(said, []);
    assertCovered();
  });

  it("ends when the provider says so, where that listens to the signal", async () => {
    const code = await start(`process.on("SIGTERM", () => setTimeout(() => process.exit(130), 100))`).ended;
    assert.equal(code, 130);
    assertCovered();
  });

  it("leaves no coverage of what is installed", async () => {
    const yaml = JSON.stringify(join(import.meta.dirname, "../../node_modules/yaml"));
    const { child, ended } = start(`require(${yaml})`);
    await ended;
    assert.ok(covered().some((url) => url.includes("/node_modules/")));
    keepOwnCoverage(child.pid ?? 0, join(folder, "coverage"));
    const left = covered();
    assert.ok(left.includes(pathToFileURL(script).href));
    assert.ok(!left.some((url) => url.includes("/node_modules/")), left.join("\n"));
  });
});
