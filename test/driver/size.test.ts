import assert from "node:assert/strict";
import { parseSize, readsBackAs, sameSize } from "../../provider/driver/size.ts";

describe("sizes in Multipass's syntax", () => {
  const sizes: [string, number | undefined][] = [
    ["1073741824", 1073741824],
    ["100B", 100],
    ["1K", 1024],
    ["512M", 512 * 1024 ** 2],
    ["512MiB", 512 * 1024 ** 2],
    ["512mb", 512 * 1024 ** 2],
    [" 2G ", 2 * 1024 ** 3],
    ["1.5G", 1.5 * 1024 ** 3],
    ["0.3K", 307],
    ["1.5", undefined],
    ["1.5B", undefined],
    ["1T", undefined],
    ["-1G", undefined],
    ["", undefined],
    ["G", undefined],
    ["1 000M", undefined],
    ["1iB", undefined],
  ];
  for (const [text, bytes] of sizes) {
    it(`${JSON.stringify(text)} is ${bytes ?? "no size"}`, () => assert.equal(parseSize(text), bytes));
  }

  it("compares bytes, not strings", () => {
    assert.ok(sameSize("1G", "1024MiB"));
    assert.ok(!sameSize("1G", "1000M"));
  });

  it("tolerates the rounding of what `multipass get` reads back, and no more", () => {
    assert.ok(readsBackAs("1100M", "1.1GiB"));
    assert.ok(readsBackAs("2G", "2.0GiB"));
    assert.ok(readsBackAs("512M", "512.0MiB"));
    assert.ok(!readsBackAs("2G", "2.1GiB"));
    assert.ok(!readsBackAs("512M", "513.0MiB"));
  });
});
