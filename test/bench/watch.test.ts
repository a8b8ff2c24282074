import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Watch } from "../../bench/large/watch.ts";

const busy = "const before = process.cpuUsage(); while (process.cpuUsage(before).user < 3e5);";

describe("the shares of a run [Linux]", () => {
  before(function () {
    if (process.platform !== "linux") {
      process.stderr.write("\n*** the shares of a run are NOT TESTED: only Linux tells them ***\n\n");
      this.skip();
    }
  });

  it("tell a plugin's own time from that of its calls of ssh, and from anything else", async () => {
    const dir = mkdtempSync(join(tmpdir(), "multipass-watch-"));
    try {
      const child = `require("child_process").spawnSync(process.execPath, ["-e", ${JSON.stringify(busy)}]);`;
      writeFileSync(join(dir, "pulumi-resource-plain"), `${child} ${busy} setTimeout(() => {}, 300);`);
      const watch = new Watch({ isEngine: false });
      const plugin = spawn(process.execPath, [join(dir, "pulumi-resource-plain")]);
      const other = spawn(process.execPath, ["-e", busy]);
      await Promise.all([once(plugin, "exit"), once(other, "exit")]);
      const { processor, memory } = watch.stop();
      for (const share of ["plugin", "ssh"] as const) {
        assert.ok(processor[share] >= 0.3, `${share}: ${processor[share]} s`);
        assert.ok(processor[share] < 0.6, `${share}: ${processor[share]} s`);
      }
      assert.deepEqual(
        { ...processor, plugin: 0, ssh: 0 },
        { plugin: 0, ssh: 0, engine: 0, program: 0, hosts: 0 },
      );
      assert.ok(memory.plugin > 10, `${memory.plugin} MiB`);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});
