import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Watch } from "../../bench/large/watch.ts";
import { busy, needsLinux } from "./linux.ts";

describe("the shares of a run [Linux]", () => {
  before(function () {
    needsLinux(this, "the shares of a run");
  });

  it("tell a plugin's own time from that of its calls of ssh, and from anything else", async () => {
    const dir = mkdtempSync(join(tmpdir(), "multipass-watch-"));
    try {
      const child = `require("child_process").spawnSync(process.execPath, ["-e", ${JSON.stringify(busy(0.8))}]);`;
      writeFileSync(join(dir, "pulumi-resource-plain"), `${child} ${busy(0.1)} setTimeout(() => {}, 300);`);
      const watch = new Watch({ isEngine: false });
      const plugin = spawn(process.execPath, [join(dir, "pulumi-resource-plain")]);
      const other = spawn(process.execPath, ["-e", busy(0.1)]);
      await Promise.all([once(plugin, "exit"), once(other, "exit")]);
      const { processor, memory } = watch.stop();
      assert.ok(processor.ssh >= 0.8, `${processor.ssh} s`);
      assert.ok(processor.plugin >= 0.1 && processor.plugin < processor.ssh, `${processor.plugin} s`);
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
