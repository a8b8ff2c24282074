/** The records of operations, in the file format of version 0.1.0. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IntentFiles } from "../../../provider/core/ledger/intent-files.ts";
import { type Intent, Intents } from "../../../provider/core/ledger/intents.ts";

const owner = "urn:pulumi:dev::lab::pulumi-nodejs:dynamic/multipass:Thing::a by b: c.d";
const dev = { instance: "dev" };

/** Each kind of record with its file: its subject, and the states before and after. */
const FILES: [intent: Intent, what: string, before: string, after: string][] = [
  [{ kind: "stop", ...dev, powerState: "suspended" }, "power state of dev", "suspended", "stopped"],
  [
    { kind: "restore", ...dev, owner, taken: "noon", act: "f00" },
    `restore of dev by ${owner}`,
    "noon",
    "f00",
  ],
  [{ kind: "restored", ...dev }, "restoration of dev", "", ""],
  [{ kind: "settled", ...dev, owner }, `after the restoration of dev: ${owner}`, "", ""],
  [{ kind: "snapshot", ...dev, name: "two", owner, from: "one" }, "snapshot dev.two", "one", "two"],
  [{ kind: "name", owner, name: "dev-1" }, `name of ${owner}`, "", "dev-1"],
  [
    { kind: "setting", key: "local.driver", owner, previous: "qemu", hashes: "a b" },
    "setting local.driver",
    "qemu",
    "a b",
  ],
];

describe("the record of what was begun", () => {
  let folder: string;
  let intents: Intents;
  let files: IntentFiles;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "multipass-begun-"));
    intents = new Intents(folder);
    files = new IntentFiles(folder);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  for (const [intent, what, before, after] of FILES) {
    it(`is in the file "${what}"`, async () => {
      await intents.write(intent);
      const { owner: whose, before: was, after: is } = (await files.read(what)) ?? {};
      assert.deepEqual([whose, was, is], ["owner" in intent ? owner : undefined, before, after]);
      const { since, isLeft, ...found } = (await intents.read(intent)) ?? {};
      assert.deepEqual(found, intent);
      assert.ok(isLeft && Date.parse(String(since)) > 0);
      await intents.forget(intent);
      assert.equal(await intents.read(intent), undefined);
    });
  }

  it("is removed with its instance, if it is about one", async () => {
    for (const [intent] of FILES) await intents.write(intent);
    for (const [intent] of FILES)
      if ("instance" in intent) await intents.write({ ...intent, instance: "dev-2" });
    await intents.forgetInstance("dev");
    for (const [intent] of FILES) {
      const isLost = "instance" in intent;
      assert.equal((await intents.read(intent)) === undefined, isLost);
      if (isLost) assert.ok(await intents.read({ ...intent, instance: "dev-2" }));
    }
  });

  it("is found by its owner, newest first", async () => {
    const snapshot = { kind: "snapshot" as const, ...dev, owner, from: "" };
    await intents.write({ ...snapshot, name: "one" });
    await new Promise((resolve) => setTimeout(resolve, 5));
    await intents.write({ ...snapshot, name: "two" });
    await intents.write({ ...snapshot, name: "three", owner: "urn:another" });
    await files.write("something of a later version", { owner, before: "", after: "" });
    assert.deepEqual(
      (await intents.ofOwner("snapshot", owner)).map(({ name }) => name),
      ["two", "one"],
    );
  });
});
