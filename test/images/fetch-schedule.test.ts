import assert from "node:assert/strict";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { thisComputer } from "../../provider/host/computer.ts";
import { daemonStart, nextFetch } from "../../provider/images/fetch-schedule.ts";

describe("the daemon's schedule of fetches", () => {
  it("doubles from 5 s after the first, up to 15 min", () => {
    const seconds = (age: number) => nextFetch(age * 1000) / 1000;
    assert.deepEqual([0, 4, 5, 14, 15, 35, 75, 155, 315].map(seconds), [5, 5, 15, 15, 35, 75, 155, 315, 635]);
    assert.equal(seconds(635), 635 + 640);
    assert.equal(seconds(1275), 1275 + 900);
    assert.equal(seconds(2175), 2175 + 900);
  });

  it("begins when the daemon has created its socket", () => {
    const dir = mkdtempSync(join(tmpdir(), "multipass-socket-"));
    try {
      const path = join(dir, "socket");
      const host = { ...thisComputer, env: { MULTIPASS_SERVER_ADDRESS: `unix:${path}` } };
      assert.equal(daemonStart(host), undefined);
      writeFileSync(path, "");
      utimesSync(path, 1_700_000_000, 1_700_000_000);
      assert.equal(daemonStart(host), 1_700_000_000_000);
      assert.equal(daemonStart({ ...host, env: { MULTIPASS_SERVER_ADDRESS: "vm:50051" } }), undefined);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
