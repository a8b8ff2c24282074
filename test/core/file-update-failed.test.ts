import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Archive, Asset } from "../../provider/core/asset.ts";
import { InitializationError } from "../../provider/core/context.ts";
import type { FileState } from "../../provider/core/file/model.ts";
import { checkFile, diffFile } from "../../provider/core/file/resource.ts";
import { createFile, deleteFile, updateFile } from "../support/operations.ts";
import { withRealShell } from "../support/real-shell.ts";

describe("an update of several files in a guest that fails", () => {
  const shell = withRealShell();
  const NAMES = ["a", "old", "n/new", "z/theirs"];

  it("tells which files it may have written, so that the next update or delete removes them", async () => {
    const { ctx, dir } = shell;
    const place = join(dir, "partly");
    const seen = () =>
      NAMES.map((name) => existsSync(join(place, name)) && readFileSync(join(place, name), "utf8"));
    const version = async (texts: Record<string, string>) => {
      const files = Object.entries(texts).map(([path, text]) => [path, new Asset({ text })]);
      const source = new Archive({ assets: Object.fromEntries(files) });
      return (await checkFile({ instance: "dev", owner: "urn", path: place, source })).inputs;
    };
    const before = await version({ a: "1", old: "1" });
    const { outs } = await createFile(ctx, before);
    // A folder of somebody else's, which no file can replace.
    mkdirSync(join(place, "z"));
    writeFileSync(join(place, "z/theirs"), "stays");

    const after = await version({ a: "2", "n/new": "2", z: "2" });
    const failed: unknown = await updateFile(ctx, outs, after).catch((error) => error);
    assert.ok(failed instanceof InitializationError, String(failed));
    assert.match(failed.message, /^Unable to write .*partly in instance "dev"/);
    assert.equal(failed.id, `dev:${place}`);
    assert.deepEqual(seen(), ["2", "1", "2", "stays"]);
    const partial = failed.outs as unknown as FileState;
    for (const news of [before, after]) assert.equal(diffFile(partial, news).changes, true);

    assert.deepEqual((await updateFile(ctx, partial, before)).files, outs.files);
    assert.deepEqual(seen(), ["1", "1", false, "stays"]);
    await assert.rejects(updateFile(ctx, outs, after));
    await deleteFile(ctx, partial);
    assert.deepEqual(seen(), [false, false, false, "stays"]);
  });
});
