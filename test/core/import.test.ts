import assert from "node:assert/strict";
import { resources } from "../../provider/core/resources.ts";
import { coreRun } from "../support/core-run.ts";

const REFUSED: [type: keyof typeof resources, id: string, advice: RegExp][] = [
  ["Snapshot", "box", /Give the id as INSTANCE\.SNAPSHOT/],
  ["Snapshot", "box.", /Give the id as INSTANCE\.SNAPSHOT/],
  ["Mount", ":/mnt", /Give the id as INSTANCE:/],
  ["Alias", "ls", /Give the id as CONTEXT\./],
  ["Command", "box", /Multipass does not tell enough/],
  ["File", "box:/etc/motd", /Multipass does not tell enough/],
];

describe("an import", () => {
  for (const [type, id, advice] of REFUSED) {
    it(`of ${type} "${id}" is refused with advice`, () =>
      assert.rejects(
        async () => resources[type].import(coreRun(), id, { owner: "urn:pulumi:s::p::t::n" }),
        ({ kind, message }) => {
          assert.equal(kind, "invalid-argument");
          assert.match(message, advice);
          return true;
        },
      ));
  }
});
