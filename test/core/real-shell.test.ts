import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { checkFile } from "../../provider/core/file/resource.ts";
import type { Surroundings } from "../../provider/core/operation/operation.ts";
import {
  createCommand,
  createFile,
  deleteFile,
  diffFile,
  readFile,
  updateFile,
} from "../support/operations.ts";
import { withRealShell } from "../support/real-shell.ts";

describe("guest commands on a real shell", () => {
  const shell = withRealShell();
  let dir: string;
  let ctx: Surroundings;
  before(() => {
    ({ dir, ctx } = shell);
  });

  const inputsOf = async (args: Record<string, unknown>) => {
    const { inputs, failures } = await checkFile({ instance: "dev", owner: "urn", ...args });
    assert.deepEqual(failures, []);
    return inputs;
  };

  it("writes, compares, changes and removes a file", async () => {
    const place = join(dir, "guest/a 'b'/$c.txt");
    const inputs = await inputsOf({
      path: place,
      content: "one\n\0é'\"",
      mode: "640",
      user: userInfo().username,
    });
    const { outs } = await createFile(ctx, inputs);
    assert.equal(readFileSync(place, "utf8"), "one\n\0é'\"");
    assert.equal(statSync(place).mode & 0o777, 0o640);
    const seen = await readFile(ctx, outs);
    assert.deepEqual(seen, outs);
    chmodSync(place, 0o600);
    writeFileSync(place, "by hand");
    const drifted = await readFile(ctx, outs);
    assert.equal(drifted?.mode, "0600");
    assert.equal(diffFile(drifted ?? outs, inputs).changes, true);
    await updateFile(ctx, drifted ?? outs, inputs);
    assert.deepEqual(await readFile(ctx, outs), outs);
    await deleteFile(ctx, outs);
    assert.equal(existsSync(place), false);
    assert.equal(await readFile(ctx, outs), undefined);
  });

  it("reports why a file cannot be written, and leaves nothing behind", async () => {
    mkdirSync(join(dir, "folder"));
    const inputs = await inputsOf({ path: join(dir, "folder"), content: "x" });
    await assert.rejects(createFile(ctx, inputs), /folder is a folder/);
    const missing = await inputsOf({ path: join(dir, "no/where"), content: "x", parents: false });
    await assert.rejects(createFile(ctx, missing), /No such file or directory/);
    assert.deepEqual(readdirSync(join(dir, "folder")), []);
  });

  it("writes, compares, changes and removes a folder, and touches nothing else in it", async () => {
    const [source, place] = [join(dir, "source"), join(dir, "guest/site")];
    mkdirSync(join(source, "sub/deep"), { recursive: true });
    mkdirSync(place, { recursive: true });
    chmodSync(place, 0o711);
    writeFileSync(join(place, "foreign"), "stays");
    writeFileSync(join(source, "run's.sh"), "#!/bin/sh\n", { mode: 0o755 });
    writeFileSync(join(source, "sub/deep", `${"n".repeat(110)}.txt`), "deep");
    const args = { path: place, directory: source };
    const { outs } = await createFile(ctx, await inputsOf(args));
    assert.equal(statSync(join(place, "run's.sh")).mode & 0o777, 0o755);
    assert.equal(statSync(place).mode & 0o777, 0o711);
    assert.deepEqual(await readFile(ctx, outs), outs);
    writeFileSync(join(place, "run's.sh"), "by hand");
    assert.notEqual((await readFile(ctx, outs))?.sha256, outs.sha256);
    rmSync(join(source, "sub"), { recursive: true });
    const changed = await updateFile(ctx, outs, await inputsOf(args));
    assert.deepEqual(readdirSync(place).sort(), ["foreign", "run's.sh"]);
    await deleteFile(ctx, changed);
    assert.deepEqual(readdirSync(place), ["foreign"]);
  });

  it("removes a folder that it created, and leaves one that existed", async () => {
    const source = join(dir, "one");
    mkdirSync(source);
    writeFileSync(join(source, "file"), "x");
    for (const wasThere of [true, false]) {
      const place = join(dir, `folder-${wasThere}`);
      if (wasThere) mkdirSync(place);
      const inputs = await inputsOf({ path: place, directory: source });
      const { outs } = await createFile(ctx, inputs);
      const updated = await updateFile(ctx, { ...outs, sha256: "drifted" }, inputs);
      await deleteFile(ctx, updated);
      assert.equal(existsSync(place), wasThere);
      assert.equal(existsSync(join(place, "file")), false);
    }
  });

  it("passes a command its environment, folder and stdin", async () => {
    const { outs } = await createCommand(ctx, {
      instance: "dev",
      owner: "urn",
      shell: true,
      create: 'printf "%s|%s|" "$PWD" "$VALUE"; cat; echo oops >&2; exit 3',
      environment: { VALUE: "it's\n$HOME" },
      workingDirectory: dir,
      stdin: "line 1\nline 2",
      acceptedExitCodes: [3],
    });
    assert.equal(outs.stdout, `${dir}|it's\n$HOME|line 1\nline 2`);
    assert.deepEqual([outs.stderr, outs.exitCode], ["oops", 3]);
  });

  it("returns the files of a command, whatever their names, and follows links to files", async () => {
    const place = join(dir, "built");
    const name = `${"long ".repeat(40)}é\n'.txt`;
    mkdirSync(join(place, "sub"), { recursive: true });
    for (const [path, text] of [
      ["-n", "dash"],
      [`sub/${name}`, "odd"],
      ["empty", ""],
    ] as const)
      writeFileSync(join(place, path), text);
    symlinkSync("-n", join(place, "link"));
    linkSync(join(place, "-n"), join(place, "twin"));
    symlinkSync("sub", join(place, "folder"));
    symlinkSync("nowhere", join(place, "broken"));
    const run = (assetPaths: string[], create = "true") =>
      createCommand(ctx, {
        ...{ instance: "dev", owner: "urn", shell: true, create },
        ...{ workingDirectory: place, assetPaths },
      });
    const { outs } = await run(["**", join(place, "s*/*")]);
    assert.deepEqual(
      Object.fromEntries(Object.entries(outs.assets ?? {}).map(([path, { text }]) => [path, text])),
      {
        ...{ "-n": "dash", link: "dash", twin: "dash", [`sub/${name}`]: "odd", empty: undefined },
        [join(place, "sub", name)]: "odd",
      },
    );
    await assert.rejects(run(["huge"], "truncate -s 20G huge"), /more than 4 MiB/);
  });

  it("passes a large program and binary stdin unchanged", async () => {
    const { outs } = await createCommand(ctx, {
      instance: "dev",
      owner: "urn",
      create: ["sh", "-c", 'printf %s "$BIG" | wc -c; wc -c'],
      environment: { BIG: "x".repeat(100_000) },
      stdin: "y".repeat(300_000),
    });
    assert.deepEqual(outs.stdout.split(/\s+/), ["100000", "300000"]);
  });
});
