import assert from "node:assert/strict";
import { Archive, Asset } from "../../../provider/core/asset.ts";
import type { FileInputs, FileState } from "../../../provider/core/file/model.ts";
import { checkFile } from "../../../provider/core/file/resource.ts";
import { sha256 } from "../../../provider/core/file/source.ts";
import { UNKNOWN } from "../../../provider/core/unknown.ts";
import { diffFile } from "../../support/operations.ts";
import { verdictOf } from "../../support/verdict.ts";

const good = { instance: "dev", path: "/etc/motd", content: "hi", owner: "urn" };

describe("check of a file's arguments", () => {
  const bad: [args: Record<string, unknown>, property: string, reason: RegExp][] = [
    [{ path: "" }, "path", /empty/],
    [{ path: "/" }, "path", /root folder/],
    [{ path: "a\nb" }, "path", /line break/],
    [{ path: "/etc/" }, "path", /names a folder/],
    [{ path: "/etc/.." }, "path", /root folder/],
    [{ path: "~/.." }, "path", /names a folder/],
    [{ content: undefined }, "", /Exactly one/],
    [{ source: "x" }, "", /Exactly one/],
    [{ content: undefined, source: "/nonexistent/file" }, "source", /does not exist: \/nonexistent\/file$/],
    [{ content: undefined, source: "/" }, "source", /does not name a file/],
    [{ content: undefined, source: {} }, "source", /asset/],
    [{ content: undefined, directory: "/nonexistent" }, "directory", /does not exist/],
    [{ content: undefined, directory: ".", mode: "0600" }, "mode", /single file/],
    [
      { content: undefined, source: new Archive({ uri: "https://x/a.tar" }) },
      "source",
      /by URL is not fetched/,
    ],
    [{ content: undefined, source: new Archive({ path: "/nonexistent" }) }, "source", /does not exist/],
    [
      { content: undefined, source: new Archive({ path: "package.json" }) },
      "source",
      /another kind than .tar/,
    ],
    [
      { content: undefined, source: new Archive({ assets: { "../x": new Asset({ text: "" }) } }) },
      "source",
      /leads out/,
    ],
    [{ content: undefined, source: new Archive({ assets: {} }), mode: "0600" }, "mode", /single file/],
    [{ content: 5 }, "content", /must be a string/],
    [{ mode: "rw-" }, "mode", /octal/],
    [{ mode: "0999" }, "mode", /octal/],
    [{ user: "root; rm" }, "user", /name or a number/],
    [{ group: "" }, "group", /name or a number/],
    [{ deletionPolicy: "purge" }, "deletionPolicy", /"delete" or "keep"/],
    [{ to: "x" }, "to", /not an argument/],
  ];
  for (const [args, property, reason] of bad) {
    it(`refuses ${JSON.stringify(args)}`, async () => {
      const { failures } = await checkFile({ ...good, ...args });
      assert.equal(failures[0]?.property, property);
      assert.match(failures[0]?.reason ?? "", reason);
      assert.equal(failures.length, 1);
    });
  }

  it("completes paths, modes and digests, and accepts values that are not known yet", async () => {
    const { inputs, failures } = await checkFile({ ...good, path: "a/../b", mode: "644" });
    assert.deepEqual(failures, []);
    assert.equal(inputs.path, "/home/ubuntu/b");
    assert.equal(inputs.mode, "0644");
    for (const args of [{ path: UNKNOWN }, { content: UNKNOWN }, { content: undefined, source: UNKNOWN }]) {
      assert.deepEqual((await checkFile({ ...good, ...args })).failures, []);
    }
  });
});

describe("diff of a file", () => {
  const state: FileState = { ...good, sha256: sha256("hi") };
  const table: [change: object, verdict: string][] = [
    [{}, "none"],
    [{ instance: "web" }, "replace"],
    [{ path: "/etc/issue" }, "replace"],
    [{ content: "ho" }, "update"],
    [{ content: UNKNOWN }, "update"],
    [{ mode: "0600" }, "update"],
    [{ user: "root" }, "update"],
    [{ group: "adm" }, "update"],
    [{ parents: false }, "update"],
    [{ deletionPolicy: "keep" }, "update"],
    [{ content: undefined, source: "x", sourceHash: sha256("hi") }, "update"],
    [{ content: undefined, directory: "x", sourceHash: sha256("x") }, "replace"],
    [{ content: undefined, source: new Archive({ assets: {} }), sourceHash: sha256("x") }, "replace"],
  ];
  for (const [change, verdict] of table) {
    it(`${JSON.stringify(change)} → ${verdict}`, () => {
      assert.equal(verdictOf(diffFile(state, { ...good, ...change } as FileInputs)), verdict);
    });
  }
  it("notices changes made in the guest", () => {
    assert.equal(diffFile({ ...state, sha256: sha256("by hand") }, good).changes, true);
  });
});
