import assert from "node:assert/strict";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { execa } from "execa";
import type { JournalEntry } from "../../../provider/core/ledger/journal.ts";
import { onSimulatedHost, ownerOf, type SimulatedHost } from "../../support/simulated-host.ts";

/** No launch can start while a file is in place of its folder. */
function blocked({ journal }: SimulatedHost): () => void {
  const launches = join(journal.folder, "launches");
  mkdirSync(journal.folder, { recursive: true });
  rmSync(launches, { recursive: true, force: true });
  writeFileSync(launches, "");
  return () => rmSync(launches);
}

/** The record of a launch whose end is unknown. */
const begun: JournalEntry = {
  version: 1,
  owner: ownerOf("dev"),
  name: "dev",
  fingerprint: "",
  phase: "launching",
  since: new Date(0).toISOString(),
};

describe("a launch that begins while the end of the previous one is unknown", () => {
  it("is not confused with the previous one, whatever either of them still prints", () =>
    onSimulatedHost({}, async (subject) => {
      const { journal } = subject;
      const folder = journal.newLaunchFolder("dev");
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "stdout"), "of the first");
      const before = { ...begun, launch: { pid: 999_999_999, folder } };
      await journal.write(before);
      await subject.sim.setFaults({ launches: [{ phase: "B", text: "the moon is in the wrong phase" }] });
      await assert.rejects(subject.create({ name: "dev" }), /wrong phase/);
      // It is still unknown if the first launch has created something.
      assert.deepEqual((await journal.read("dev"))?.launch, before.launch);
      assert.deepEqual(readdirSync(folder), ["stdout"]);
      assert.deepEqual(readdirSync(join(folder, "..")), [basename(folder)]);
    }));
});

describe("a launch that could not even be started", () => {
  it("does not claim the name: an instance that somebody creates is theirs", () =>
    onSimulatedHost({}, async (subject) => {
      const release = blocked(subject);
      const error = await subject.create({ name: "dev" }).catch((failure) => failure);
      assert.equal(error.name, "MultipassError", String(error));
      assert.match(String(error), /Unable to launch instance "dev": .*launches/);
      assert.equal(await subject.journal.read("dev"), undefined);
      release();
      await execa(subject.sim.bin, ["launch", "--name", "dev"]);
      await assert.rejects(subject.create({ name: "dev" }), /this stack did not create it/);
    }));

  it("keeps the record of an earlier launch", () =>
    onSimulatedHost({}, async (subject) => {
      await subject.journal.write(begun);
      blocked(subject);
      const error = await subject.create({ name: "dev" }).catch((failure) => failure);
      // It is unknown if the earlier launch has created something.
      assert.equal(error.name, "InitializationError", String(error));
      const { creation: _, ...left } = (await subject.journal.read("dev")) ?? {};
      assert.deepEqual(left, { ...begun, known: false });
    }));
});
