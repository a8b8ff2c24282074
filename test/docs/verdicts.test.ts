import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { changesBetween } from "../../provider/core/instance/changes.ts";
import type { InstanceInputs, InstanceState } from "../../provider/core/instance/model.ts";
import { asLeft, BEFORE, TABLE } from "../support/verdict-table.ts";
import { repository } from "./blocks.ts";

const page = readFileSync(join(repository, "docs/verdicts.md"), "utf8");
const rowsOf = (heading: string) =>
  (page.split(`## ${heading}\n`)[1] ?? "")
    .split("\n## ")[0]
    ?.split("\n")
    .filter((line) => line.startsWith("| ") && !/^\| (?:Argument|Seen) /.test(line))
    .map((line) =>
      line
        .split("|")
        .map((cell) => cell.trim().replaceAll("`", ""))
        .slice(1, -1),
    ) ?? [];

const before = { ...BEFORE, name: "web", owner: "urn" };

const DRIFT: Record<
  string,
  Partial<InstanceState> | [drift: Partial<InstanceState>, asked: Partial<InstanceInputs>]
> = {
  "stopped or suspended": { state: "Stopped" },
  "deleted, but not purged": { state: "Deleted" },
  "state unknown": { state: "Unknown" },
  "other cpus, memory or disk": { memory: "1G" },
  "the bridge is gone, as after the restore of an older snapshot": [{ bridged: false }, { bridged: true }],
  "a mount is gone, or one more is there": { mounts: [{ source: "/x", target: "/y" }] },
  "not finished by an earlier run (ready: false)": { ready: false },
  "another address, release, number of snapshots, version of Multipass": {
    ipAddress: "10.0.0.9",
    snapshotCount: 3,
  },
};

describe("the page on what a change costs", () => {
  it("has the rows of the table, in its order", () => {
    assert.deepEqual(
      rowsOf("When the program changes"),
      TABLE.map(({ argument, change, verdict }) => [argument, change, verdict]),
    );
  });

  for (const { argument, change, verdict, from, to } of TABLE) {
    it(`is right on ${argument}: ${change}`, () => {
      const changes = changesBetween(asLeft({ ...before, ...from }), { ...before, ...from, ...to });
      assert.deepEqual(new Set(Object.values(changes)), new Set([verdict]));
    });
  }

  for (const [seen = "", , verdict] of rowsOf("When the instance changed")) {
    // A machine that does not exist is nothing that an update could see.
    if (verdict === "create") continue;
    it(`is right about drift: ${seen}`, () => {
      const drift = DRIFT[seen];
      assert.ok(drift, "the row has no drift to be checked by");
      const [drifted, asked] = Array.isArray(drift) ? drift : [drift, {}];
      const program = { ...before, ...asked };
      const changes = changesBetween({ ...asLeft(program), ...drifted }, program);
      assert.deepEqual(new Set(Object.values(changes)), new Set(verdict === "none" ? [] : [verdict]));
    });
  }
});
