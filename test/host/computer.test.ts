import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { thisComputer } from "../../provider/host/computer.ts";

describe("this computer", () => {
  it("reports its memory, and the disk space of a folder that does not exist yet", async () => {
    const { free, total } = thisComputer.memory();
    assert.ok(free > 0 && free <= total);
    const bytes = await thisComputer.freeDisk(join(tmpdir(), "not", "there", "yet"));
    assert.ok(bytes !== undefined && bytes > 0);
  });

  it("lists its processes, including this one", function () {
    if (process.platform !== "linux") this.skip();
    const own = thisComputer.processes()?.find(({ pid }) => pid === process.pid);
    assert.match(own?.command ?? "", /node/);
  });
});
