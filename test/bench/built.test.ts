import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { lacksBuild } from "../../bench/built.ts";

const repository = resolve(import.meta.dirname, "../..");

describe("the benchmarks of a repository without a build", () => {
  const copy = mkdtempSync(join(tmpdir(), "unbuilt-"));
  after(() => rmSync(copy, { recursive: true }));

  it("say in one line what to run", async () => {
    for (const part of ["bench", "test", "provider", "simulator", "package.json"])
      cpSync(join(repository, part), join(copy, part), {
        recursive: true,
        filter: (one) => !/node_modules/.test(one),
      });
    symlinkSync(join(repository, "node_modules"), join(copy, "node_modules"));
    const { exitCode, stderr } = await execa(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", "bench/main.ts", "--check"],
      {
        cwd: copy,
        reject: false,
      },
    );
    assert.equal(exitCode, 1);
    assert.match(stderr, /^[^\n]*npm run build$/);
  });

  it("are measured once there is one", () => {
    const plugin = join(copy, "dist/plugin");
    mkdirSync(plugin, { recursive: true });
    assert.match(lacksBuild(copy) ?? "", /npm run build/);
    writeFileSync(join(copy, "dist/index.js"), "");
    writeFileSync(join(plugin, "pulumi-resource-multipass-lab"), "");
    assert.equal(lacksBuild(copy), undefined);
  });
});
