import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Archive, Asset } from "../../../provider/core/asset.ts";
import { InitializationError } from "../../../provider/core/context.ts";
import { checkFile } from "../../../provider/core/file/resource.ts";
import { createFile, deleteFile, diffFile, updateFile } from "../../support/operations.ts";
import { withRealShell } from "../../support/real-shell.ts";

const NAMES = ["a", "old", "n/new", "z/theirs"];

const contents = (place: string) =>
  NAMES.map((name) => existsSync(join(place, name)) && readFileSync(join(place, name), "utf8"));

async function version(path: string, texts: Record<string, string>, more: object = {}) {
  const files = Object.entries(texts).map(([name, text]) => [name, new Asset({ text })]);
  const source = new Archive({ assets: Object.fromEntries(files) });
  return (await checkFile({ instance: "dev", owner: "urn", path, source, ...more })).inputs;
}

const failureOf = (work: Promise<unknown>): Promise<unknown> => work.catch((error) => error);

describe("an update of several files in a guest that fails", () => {
  const shell = withRealShell();

  it("tells which files it may have written, so that the next update or delete removes them", async () => {
    const { ctx, dir } = shell;
    const place = join(dir, "partly");
    const seen = () => contents(place);
    const before = await version(place, { a: "1", old: "1" });
    const { outs } = await createFile(ctx, before);
    // A folder of somebody else's, which no file can replace.
    mkdirSync(join(place, "z"));
    writeFileSync(join(place, "z/theirs"), "stays");

    const after = await version(place, { a: "2", "n/new": "2", z: "2" });
    const failed = await failureOf(updateFile(ctx, outs, after));
    assert.ok(failed instanceof InitializationError, String(failed));
    assert.match(failed.message, /^Unable to write .*partly in instance "dev"/);
    assert.equal(failed.id, `dev:${place}`);
    assert.deepEqual(seen(), ["2", "1", "2", "stays"]);
    const partial = failed.outs;
    for (const news of [before, after]) assert.equal(diffFile(partial, news).changes, true);

    assert.deepEqual((await updateFile(ctx, partial, before)).files, outs.files);
    assert.deepEqual(seen(), ["1", "1", false, "stays"]);
    await assert.rejects(updateFile(ctx, outs, after));
    await deleteFile(ctx, partial);
    assert.deepEqual(seen(), [false, false, false, "stays"]);
  });
});

describe("a create of several files in a folder of somebody else's that fails", () => {
  const shell = withRealShell();

  it("keeps the files that it may have written in the state, so that the next run removes them", async () => {
    const { ctx, dir } = shell;
    const place = join(dir, "theirs");
    mkdirSync(join(place, "z"), { recursive: true });
    writeFileSync(join(place, "z/theirs"), "stays");

    const inputs = await version(place, { a: "1", "n/new": "1", z: "1" });
    const failed = await failureOf(createFile(ctx, inputs));
    assert.ok(failed instanceof InitializationError, String(failed));
    assert.match(failed.message, /^Unable to write .*theirs in instance "dev"/);
    assert.equal(failed.id, `dev:${place}`);
    assert.deepEqual(contents(place), ["1", false, "1", "stays"]);
    const partial = failed.outs;
    assert.equal(diffFile(partial, inputs).changes, true);

    const less = await version(place, { old: "2" });
    const { files } = await updateFile(ctx, partial, less);
    assert.deepEqual(Object.keys(files ?? {}), ["old"]);
    assert.deepEqual(contents(place), [false, "2", false, "stays"]);
    await assert.rejects(createFile(ctx, inputs), InitializationError);
    await deleteFile(ctx, partial);
    assert.deepEqual(contents(place), [false, "2", false, "stays"]);
  });

  const refusals: [why: string, texts: Record<string, string>, more: object][] = [
    ["an owner who does not exist", { a: "1", "n/new": "1" }, { user: "nobody-of-that-name" }],
    ["a file in a folder's place", { a: "1", "old/new": "1" }, {}],
  ];
  for (const [why, texts, more] of refusals) {
    it(`by ${why} touches nothing, so no state claims their files`, async () => {
      const { ctx, dir } = shell;
      const place = mkdtempSync(join(dir, "untouched "));
      for (const name of ["a", "old"]) writeFileSync(join(place, name), "theirs");
      const failed = await failureOf(createFile(ctx, await version(place, texts, more)));
      assert.ok(failed instanceof Error && !(failed instanceof InitializationError), String(failed));
      assert.deepEqual(contents(place), ["theirs", "theirs", false, false]);
    });
  }
});
