import assert from "node:assert/strict";
import { statusNews } from "../../provider/doors/engine-log.ts";

describe("the status of a resource", () => {
  it("is sent when it says something new, and not each second for the time that is left", () => {
    let now = 0;
    const news = statusNews(() => now);
    const at = (seconds: number, message: string) => {
      now = seconds * 1000;
      return news(message);
    };
    assert.ok(at(0, "waiting for cloud-init: running · 29m 59s left"));
    assert.ok(!at(5, "waiting for cloud-init: running · 29m 54s left"));
    assert.ok(at(6, "waiting for port 80: refused · 29m 53s left"));
    assert.ok(at(7, "waiting for cloud-init: running · 29m 52s left"));
    assert.ok(!at(26, "waiting for cloud-init: running · 29m 33s left"));
    assert.ok(at(27, "waiting for cloud-init: running · 29m 32s left"));
    assert.ok(at(28, "waiting for image servers · try 1 failed · next in 5s · 29m left"));
    assert.ok(at(33, "waiting for image servers · try 2 failed · next in 10s · 28m left"));
    assert.ok(at(34, "booting"));
    assert.ok(!at(900, "booting"));
  });
});
