import assert from "node:assert/strict";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { execa } from "execa";
import type { JournalEntry } from "../../provider/core/ledger/journal.ts";
import { onSimulatedHost, ownerOf, type SimulatedHost } from "../support/simulated-host.ts";

/** No launch can be started while a file is where its folder has to be. */
function blocked({
  host: {
    ledger: { journal },
  },
}: SimulatedHost): () => void {
  const launches = join(journal.folder, "launches");
  mkdirSync(journal.folder, { recursive: true });
  rmSync(launches, { recursive: true, force: true });
  writeFileSync(launches, "");
  return () => rmSync(launches);
}

/** What a launch has written down whose end nobody knows. */
const begun: JournalEntry = {
  version: 1,
  owner: ownerOf("dev"),
  name: "dev",
  fingerprint: "",
  phase: "launching",
  since: new Date(0).toISOString(),
};

describe("a launch that is made while nobody knows how the one before has ended", () => {
  it("is not taken for that one, whatever each of them still says", () =>
    onSimulatedHost({}, async (subject) => {
      const { journal } = subject.host.ledger;
      const folder = journal.newLaunchFolder("dev");
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "stdout"), "of the first");
      const before = { ...begun, launch: { pid: 999_999_999, folder } };
      await journal.write(before);
      await subject.sim.setFaults({ launches: [{ phase: "B", text: "the moon is in the wrong phase" }] });
      await assert.rejects(subject.create({ name: "dev" }), /wrong phase/);
      // Of the first one it is still not known whether it has made something.
      assert.deepEqual((await journal.read("dev"))?.launch, before.launch);
      assert.deepEqual(readdirSync(folder), ["stdout"]);
      assert.deepEqual(readdirSync(join(folder, "..")), [basename(folder)]);
    }));
});

describe("a launch that could not even be started", () => {
  it("leaves no claim to the name: a machine that somebody makes is theirs", () =>
    onSimulatedHost({}, async (subject) => {
      const release = blocked(subject);
      const error = await subject.create({ name: "dev" }).catch((failure) => failure);
      assert.equal(error.name, "MultipassError", String(error));
      assert.match(String(error), /Unable to launch instance "dev": .*launches/);
      assert.equal(await subject.host.ledger.journal.read("dev"), undefined);
      release();
      await execa(subject.sim.bin, ["launch", "--name", "dev"]);
      await assert.rejects(subject.create({ name: "dev" }), /this stack did not make it/);
    }));

  it("leaves what an earlier one has written down", () =>
    onSimulatedHost({}, async (subject) => {
      await subject.host.ledger.journal.write(begun);
      blocked(subject);
      const error = await subject.create({ name: "dev" }).catch((failure) => failure);
      // Of the earlier one it is not known whether it has made something.
      assert.equal(error.name, "InitializationError", String(error));
      const { creation: _, ...left } = (await subject.host.ledger.journal.read("dev")) ?? {};
      assert.deepEqual(left, { ...begun, known: false });
    }));
});
