import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { devNull } from "node:os";
import { join } from "node:path";
import { Archive, Asset } from "../../../provider/core/asset.ts";
import { checkFile } from "../../../provider/core/file/resource.ts";
import type { Surroundings } from "../../../provider/core/operation/operation.ts";
import { createFile, deleteFile, diffFile, readFile, updateFile } from "../../support/operations.ts";
import { withRealShell } from "../../support/real-shell.ts";

const text = (value: string) => new Asset({ text: value });
const LONG = `${"b".repeat(90)}/${"c".repeat(90)} é☃.txt`;

/** Creates files, with folders for names that end with a slash. */
function make(folder: string, files: Record<string, string>): void {
  for (const [path, content] of Object.entries(files)) {
    const place = join(folder, path);
    mkdirSync(path.endsWith("/") ? place : join(place, ".."), { recursive: true });
    if (!path.endsWith("/")) writeFileSync(place, content);
  }
}

/** The files below a folder, and its empty folders. */
function seen(folder: string, path = ""): Record<string, string> {
  const all: Record<string, string> = {};
  const entries = readdirSync(join(folder, path), { withFileTypes: true });
  if (entries.length === 0 && path !== "") all[path] = "";
  for (const entry of entries) {
    if (entry.isDirectory()) Object.assign(all, seen(folder, `${path}${entry.name}/`));
    else all[path + entry.name] = readFileSync(join(folder, path + entry.name), "utf8");
  }
  return all;
}

const FILES = { one: "1", [LONG]: "long", "sub/run": "#!/bin/sh\n", "empty/deep/": "", "sub/nothing": "" };

describe("several files in a guest", () => {
  const shell = withRealShell();
  let dir: string;
  let ctx: Surroundings;
  before(() => {
    ({ dir, ctx } = shell);
    make(join(dir, "in"), FILES);
    chmodSync(join(dir, "in/sub/run"), 0o755);
    for (const [name, options] of [
      ["a.tar", "-cf"],
      ["a.tar.gz", "-czf"],
    ] as const)
      execFileSync("tar", [options, join(dir, name), "-C", join(dir, "in"), "."]);
  });

  const inputsOf = async (args: Record<string, unknown>) => {
    const { inputs, failures } = await checkFile({ instance: "dev", owner: "urn", ...args });
    assert.deepEqual(failures, []);
    return inputs;
  };

  const sources: [name: string, args: () => Record<string, unknown>, files?: Record<string, string>][] = [
    ["a folder", () => ({ directory: join(dir, "in") })],
    ["an archive of a folder", () => ({ source: new Archive({ path: join(dir, "in") }) })],
    ["an archive", () => ({ source: new Archive({ path: join(dir, "a.tar") }) })],
    ["a compressed archive", () => ({ source: new Archive({ path: join(dir, "a.tar.gz") }) })],
    [
      "an archive of assets and archives",
      () => ({
        source: new Archive({
          assets: {
            "z/é.txt": text("unicode"),
            none: text(""),
            "./file": new Asset({ path: join(dir, "in/one") }),
            nothing: new Asset({ path: devNull }),
            part: new Archive({ path: join(dir, "a.tar") }),
          },
        }),
      }),
      {
        ...{ "z/é.txt": "unicode", none: "", file: "1", nothing: "" },
        ...Object.fromEntries(Object.entries(FILES).map(([path, content]) => [`part/${path}`, content])),
      },
    ],
  ];
  for (const [name, args, files = FILES] of sources) {
    it(`come from ${name}, are compared, repaired and removed`, async () => {
      const place = join(dir, "guest", name);
      make(place, { foreign: "stays" });
      const inputs = await inputsOf({ path: place, ...args() });
      const { outs } = await createFile(ctx, inputs);
      assert.deepEqual(seen(place), { ...files, foreign: "stays" });
      assert.equal(outs.sha256, inputs.sourceHash);
      assert.equal(diffFile(outs, inputs).changes, false);
      assert.deepEqual(await readFile(ctx, outs), outs);
      const [lost = ""] = Object.keys(files).filter((path) => path.endsWith("deep/"));
      rmSync(join(place, lost), { recursive: true });
      const drifted = (await readFile(ctx, outs)) ?? outs;
      assert.equal(diffFile(drifted, inputs).changes, true, "a lost folder is not noticed");
      const repaired = await updateFile(ctx, drifted, inputs);
      assert.deepEqual(seen(place), { ...files, foreign: "stays" });
      await deleteFile(ctx, repaired);
      assert.deepEqual(seen(place), { foreign: "stays" });
    });
  }

  it("lose what the next version lacks, and keep what others put there", async () => {
    const place = join(dir, "guest/versions");
    const source = (assets: Record<string, Asset>) => ({ path: place, source: new Archive({ assets }) });
    const { outs } = await createFile(
      ctx,
      await inputsOf(source({ a: text("1"), "b/c": text("2"), "d/e": text("3") })),
    );
    make(place, { "b/theirs": "stays", f: "stays" });
    const next = await inputsOf(source({ a: text("changed"), "d/g": text("4") }));
    assert.deepEqual(diffFile(outs, next).replaces, []);
    const updated = await updateFile(ctx, outs, next);
    assert.deepEqual(seen(place), { a: "changed", "b/theirs": "stays", "d/g": "4", f: "stays" });
    await deleteFile(ctx, updated);
    assert.deepEqual(seen(place), { "b/theirs": "stays", f: "stays" });
  });

  it("become folders, folders become files, and both are updated even after a failed try", async () => {
    const place = join(dir, "guest/kinds");
    const source = (assets: Record<string, Asset>) => ({ path: place, source: new Archive({ assets }) });
    const one = await inputsOf(source({ a: text("file"), "b/c/d": text("deep"), "e/f": text("1") }));
    const other = await inputsOf(source({ "a/x": text("deep"), b: text("file"), "e/f": text("1") }));
    const { outs: first } = await createFile(ctx, one);
    // What a try leaves that was cut off before the end.
    rmSync(join(place, "a"));
    make(place, { "a/": "" });
    await deleteFile(ctx, first);
    assert.equal(existsSync(place), false);
    make(place, { "a/": "", "b/c/d": "deep", "e/f": "1" });
    const second = await updateFile(ctx, first, other);
    assert.deepEqual(seen(place), { "a/x": "deep", b: "file", "e/f": "1" });
    const third = await updateFile(ctx, second, one);
    assert.deepEqual(seen(place), { a: "file", "b/c/d": "deep", "e/f": "1" });
    make(place, { "b/theirs": "stays" });
    await assert.rejects(updateFile(ctx, third, other), /b is a folder/);
    assert.equal(seen(place)["b/theirs"], "stays");
    rmSync(join(place, "b/theirs"));
    await deleteFile(ctx, third);
    assert.equal(existsSync(place), false);
  });

  it("are missed if one is gone, even an empty one, but not because of a `sudo` that fails", async () => {
    const place = join(dir, "guest/missed");
    const assets = { full: text("1"), empty: text("") };
    const inputs = await inputsOf({ path: place, source: new Archive({ assets }) });
    const { outs } = await createFile(ctx, inputs);
    const one = await inputsOf({ path: join(dir, "guest/single"), content: "1" });
    const { outs: single } = await createFile(ctx, one);
    const sudo = join(dir, "bin/sudo");
    const working = readFileSync(sudo);
    writeFileSync(sudo, "#!/bin/sh\necho 'sudo: a password is required' >&2; exit 1\n");
    try {
      await assert.rejects(readFile(ctx, outs), /a password is required/);
      await assert.rejects(readFile(ctx, single), /a password is required/);
    } finally {
      writeFileSync(sudo, working);
    }
    assert.deepEqual(await readFile(ctx, outs), outs);
    rmSync(join(place, "empty"));
    assert.equal(diffFile((await readFile(ctx, outs)) ?? outs, inputs).changes, true);
    rmSync(place, { recursive: true });
    assert.equal(await readFile(ctx, outs), undefined);
  });

  it("may be none, and the folder that was made for them is removed", async () => {
    const place = join(dir, "guest/none");
    const { outs } = await createFile(
      ctx,
      await inputsOf({ path: place, source: new Archive({ assets: {} }) }),
    );
    assert.equal(existsSync(place), true);
    assert.deepEqual(await readFile(ctx, outs), outs);
    rmSync(place, { recursive: true });
    assert.equal(await readFile(ctx, outs), undefined);
    mkdirSync(place);
    await deleteFile(ctx, outs);
    assert.equal(existsSync(place), false);
  });

  it("of a `directory` have the digest of earlier versions, which left empty folders out", async () => {
    make(join(dir, "old"), { "sub/file": "x" });
    const args = { path: join(dir, "guest/old"), directory: join(dir, "old") };
    const { sourceHash } = await inputsOf(args);
    make(join(dir, "old"), { "sub/empty/": "" });
    const inputs = await inputsOf(args);
    assert.equal(inputs.sourceHash, sourceHash);
    const { outs } = await createFile(ctx, inputs);
    assert.deepEqual(seen(args.path), { "sub/file": "x", "sub/empty/": "" });
    await deleteFile(ctx, outs);
  });

  it("follow links, and refuse those that lead nowhere or in a circle, and archives with links", async () => {
    const place = join(dir, "linked");
    make(place, { "sub/file": "x" });
    symlinkSync("sub/file", join(place, "link"));
    symlinkSync("sub", join(place, "folder"));
    const { outs } = await createFile(
      ctx,
      await inputsOf({ path: join(dir, "guest/linked"), directory: place }),
    );
    assert.deepEqual(seen(join(dir, "guest/linked")), { "folder/file": "x", link: "x", "sub/file": "x" });
    await deleteFile(ctx, outs);
    assert.equal(existsSync(join(dir, "guest/linked")), false);
    execFileSync("tar", ["-cf", join(dir, "links.tar"), "-C", place, "link"]);
    const refused = async (args: object, reason: RegExp) => {
      const { failures } = await checkFile({ instance: "dev", owner: "urn", path: "/x", ...args });
      assert.match(failures[0]?.reason ?? "", reason);
    };
    await refused(
      { source: new Archive({ path: join(dir, "links.tar") }) },
      /an entry that is a symlink.*: link$/,
    );
    symlinkSync("..", join(place, "sub/up"));
    await refused({ directory: place }, /a link to a folder that contains it: .*\/up$/);
    rmSync(join(place, "sub/up"));
    symlinkSync("nowhere", join(place, "broken"));
    await refused({ directory: place }, /does not exist: .*broken$/);
  });

  it("need few calls of the client, even if there are a thousand", async () => {
    const assets = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, at) => [`${at % 10}/file ${at}`, text(`${at}`)]),
    );
    const inputs = await inputsOf({ path: join(dir, "guest/thousand"), source: new Archive({ assets }) });
    const before = shell.calls().length;
    const { outs } = await createFile(ctx, inputs);
    const calls = shell.calls().slice(before);
    assert.ok(calls.length <= 6, calls.join(" "));
    assert.equal(calls.filter((call) => call === "transfer").length, 1);
    assert.equal(Object.keys(seen(join(dir, "guest/thousand"))).length, 1_000);
    assert.deepEqual(await readFile(ctx, outs), outs);
    assert.ok(shell.calls().length - before <= 13);
    await deleteFile(ctx, outs);
    assert.equal(existsSync(join(dir, "guest/thousand")), false);
  });

  it("take less memory than their size, 120 MB [long]", () => {
    const folder = join(dir, "large");
    mkdirSync(folder);
    execFileSync("truncate", ["-s", "60M", join(folder, "one"), join(folder, "other")]);
    const script = `
import { multipassOf } from "./provider/core/multipass.ts";
import { systemClock } from "./provider/driver/clock.ts";
import { checkFile } from "./provider/core/file/resource.ts";
import { createFile, surroundings } from "./test/support/operations.ts";
const [client, directory, path] = process.argv.slice(1);
const megabytes = () => process.resourceUsage().maxRSS / 1024;
const before = megabytes();
const { inputs } = await checkFile({ instance: "dev", owner: "urn", path, directory });
await createFile(surroundings(multipassOf(client), systemClock), inputs);
console.log(Math.round(megabytes() - before));`;
    const at = join(dir, "guest/large");
    const printed = execFileSync(
      process.execPath,
      ["--input-type=module", "-e", script, join(dir, "bin/multipass"), folder, at],
      { encoding: "utf8", cwd: join(import.meta.dirname, "../../..") },
    );
    assert.equal(statSync(join(at, "other")).size, 60 * 1024 * 1024);
    assert.ok(Number(printed) < 100, `${printed} MiB more`);
  });

  it("may vanish while they are copied, and the error names them", async () => {
    const folder = join(dir, "vanishing");
    make(folder, { a: "x" });
    const inputs = await inputsOf({ path: join(dir, "guest/vanishing"), directory: folder });
    rmSync(folder, { recursive: true });
    await assert.rejects(createFile(ctx, inputs), /does not exist: .*vanishing/);
    assert.equal(existsSync(join(dir, "guest/vanishing")), false);
  });
});
