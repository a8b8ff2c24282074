import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { classify } from "../../provider/driver/classify.ts";

const root = new URL("../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");

/** The kinds are a type, which is gone when the tests run; so they are read from where they are written. */
function kinds(): string[] {
  const [, union] = /export type ErrorKind =([^;]+);/.exec(read("provider/driver/errors.ts")) ?? [];
  return [...(union ?? "").matchAll(/"([a-z-]+)"/g)].map(([, kind]) => kind as string);
}

const pages = readdirSync(new URL("docs/errors/", root))
  .filter((name) => name !== "README.md")
  .map((name) => name.replace(/\.md$/, ""));

describe("the pages on errors", () => {
  it("exist for every kind, and for nothing else", () => {
    assert.ok(kinds().length > 40);
    assert.deepEqual(pages.sort(), kinds().sort());
  });

  it("are all listed in the overview", () => {
    const listed = [...read("docs/errors/README.md").matchAll(/^\| \[([a-z-]+)\]\(\1\.md\) \|/gm)];
    assert.deepEqual(listed.map(([, kind]) => kind).sort(), kinds().sort());
  });

  for (const kind of pages) {
    const page = read(`docs/errors/${kind}.md`);
    const [, sample = ""] = /```text\n([\s\S]+?)\n```/.exec(page) ?? [];

    it(`${kind}: says what it means, how it looks, why, what to do, and how to prevent it`, () => {
      assert.match(page, new RegExp(`^# ${kind}\n\n\\S`));
      assert.notEqual(sample, "");
      for (const part of [
        "Passes by itself: ",
        "## Why\n\n",
        "## What to do\n\n* ",
        "## How to prevent it\n\n* ",
      ])
        assert.ok(page.includes(`\n${part}`), part);
      for (const [, link = ""] of page.matchAll(/\]\(([a-z-]+)\.md\)/g))
        assert.ok(pages.includes(link), link);
    });

    // Where the sample is Multipass's own words, they have to be taken for this kind.
    if (/^(?:[a-z-]+ failed: |\[error\] \[client\] )/.test(sample)) {
      it(`${kind}: quotes a message that is recognised as this kind`, () => {
        const error = classify({ command: "x", exitCode: 2, stdout: "", stderr: sample });
        assert.equal(error.kind, kind);
        const [, passes = ""] = /^Passes by itself: (\w+)/m.exec(page) ?? [];
        assert.equal(passes !== "no", error.transient, `the page says: ${passes}`);
      });
    }
  }
});
