import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { checkMount, diffMount } from "../../../provider/core/mount/resource.ts";
import { UNKNOWN } from "../../../provider/core/unknown.ts";
import { verdictOf } from "../../support/verdict.ts";

const good = { instance: "dev", source: tmpdir(), target: "/mnt/a", owner: "urn" };

describe("check of a mount's arguments", () => {
  const bad: [args: Record<string, unknown>, property: string, reason: RegExp][] = [
    [{ target: "/home/ubuntu" }, "target", /refuses/],
    [{ target: "/a:b" }, "target", /colon/],
    [{ source: "" }, "source", /empty/],
    [{ source: "/nowhere" }, "source", /does not exist: \/nowhere$/],
    [{ source: "package.json" }, "source", /does not name a folder/],
    [{ type: "nfs" }, "type", /"classic" or "native"/],
    [{ uidMappings: ["x"] }, "uidMappings[0]", /HOST:INSTANCE/],
    [{ instanceDeclaresMounts: true }, "instance", /use either/],
    [{ readOnly: true }, "readOnly", /not an argument/],
  ];
  for (const [args, property, reason] of bad) {
    it(`refuses ${JSON.stringify(args)}`, () => {
      const [failure] = checkMount({}, { ...good, ...args }).failures;
      assert.equal(failure?.property, property);
      assert.match(failure?.reason ?? "", reason);
    });
  }
  it("makes paths absolute", () => {
    const { inputs } = checkMount({}, { ...good, source: "test", target: "src" });
    assert.deepEqual([inputs.source, inputs.target], [resolve("test"), "/home/ubuntu/src"]);
    assert.deepEqual(checkMount({ ...good, source: "/gone" }, { ...good, source: "/gone" }).failures, []);
    assert.deepEqual(checkMount({}, { ...good, source: UNKNOWN, target: UNKNOWN }).failures, []);
  });
});

describe("diff of a mount", () => {
  const table: [change: object, expected: string][] = [
    [{}, "none"],
    [{ type: "classic" }, "none"],
    [{ type: "native" }, "update"],
    [{ source: "/b" }, "update"],
    [{ gidMappings: ["1:1"] }, "update"],
    [{ target: "/mnt/b" }, "replace"],
    [{ instance: UNKNOWN }, "replace"],
    [{ allowRestart: false }, "update"],
  ];
  for (const [change, expected] of table) {
    it(`${JSON.stringify(change)} → ${expected}`, () => {
      assert.equal(verdictOf(diffMount(good, { ...good, ...change })), expected);
    });
  }
});
