import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Answers } from "../../provider/core/description.ts";
import { DESCRIPTIONS } from "../../provider/core/descriptions.ts";
import { INTERNAL } from "../../provider/core/unknown-arguments.ts";
import { repository } from "./blocks.ts";

/** The rows of the first table below a heading. */
const rowsOf = (page: string, heading: string) =>
  (`\n${readFileSync(join(repository, page), "utf8")}`.split(`\n${heading}\n`)[1] ?? "")
    .split("\n#")[0]
    ?.split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => line.split("|").map((cell) => cell.trim())) ?? [];

const wordsIn = (cell = "") => [...cell.matchAll(/\w+/g)].map(([word]) => word);

/** What docs/instance.md says of a change of each cost. */
const WORDS = { replace: /replaces/, restart: /restart/, live: /in place/, record: /nothing happens/ };

describe("the tables of arguments", () => {
  const rows = new Map(
    rowsOf("docs/instance.md", "## Arguments").map(([, argument, , change]) => [
      argument?.replaceAll("`", ""),
      change ?? "",
    ]),
  );

  it("in docs/instance.md have the arguments of an instance", () => {
    const all = Object.keys(DESCRIPTIONS.Instance).filter((name) => !INTERNAL.includes(name));
    assert.deepEqual([...rows.keys()].sort(), all.sort());
  });

  for (const [name, { change }] of Object.entries(DESCRIPTIONS.Instance)) {
    if (typeof change === "function" || change === "never") continue;
    it(`in docs/instance.md say what a change costs: ${name}`, () => {
      assert.match(rows.get(name) ?? "", WORDS[change]);
    });
  }

  for (const [resource, description] of Object.entries(DESCRIPTIONS)) {
    it(`in docs/resources.md say what replaces a resource: ${resource}`, () => {
      const row = rowsOf("docs/resources.md", "# Resources").find(([, name]) => name === `\`${resource}\``);
      const said: string[] = wordsIn(row?.[4]);
      const answers: [string, Pick<Answers<unknown, unknown>, "change">][] = Object.entries(description);
      const replacing = answers.filter(([, { change }]) => change === "replace").map(([name]) => name);
      assert.deepEqual(
        replacing.filter((name) => !said.includes(name)),
        [],
      );
    });
  }
});
