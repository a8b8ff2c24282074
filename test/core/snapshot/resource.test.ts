import assert from "node:assert/strict";
import type { RestoreInputs, RestoreState } from "../../../provider/core/restore/model.ts";
import { checkRestore } from "../../../provider/core/restore/resource.ts";
import type { SnapshotInputs, SnapshotState } from "../../../provider/core/snapshot/model.ts";
import { checkSnapshot } from "../../../provider/core/snapshot/resource.ts";
import { UNKNOWN } from "../../../provider/core/unknown.ts";
import { diffRestore, diffSnapshot } from "../../support/operations.ts";
import { verdictOf } from "../../support/verdict.ts";

describe("check of a snapshot's arguments", () => {
  const good = { instance: "dev", owner: "urn", logicalName: "snap" };
  const bad: [args: Record<string, unknown>, property: string, reason: RegExp][] = [
    [{ name: "bad name!" }, "name", /letters, digits and hyphens/],
    [{ comment: "two\nlines" }, "comment", /line break/],
    [{ deletionPolicy: "delete" }, "deletionPolicy", /"purge" or "keep"/],
    [{ instance: undefined }, "instance", /./],
    [{ destructive: true }, "destructive", /not an argument/],
  ];
  for (const [args, property, reason] of bad) {
    it(`refuses ${JSON.stringify(args)}`, () => {
      const [failure] = checkSnapshot({}, { ...good, ...args }).failures;
      assert.equal(failure?.property, property);
      assert.match(failure?.reason ?? "", reason);
    });
  }
  it("generates a name once", () => {
    const { name } = checkSnapshot({}, good).inputs;
    assert.match(name, /^snap-[0-9a-f]{7}$/);
    assert.equal(checkSnapshot({ name }, good).inputs.name, name);
  });
});

describe("diff of a snapshot", () => {
  const inputs: SnapshotInputs = { instance: "dev", name: "a", owner: "urn" };
  const state: SnapshotState = { ...inputs, comment: "", parent: "", created: "then", ready: true };
  const table: [olds: object, news: object, expected: string][] = [
    [{}, {}, "none"],
    [{}, { instance: UNKNOWN }, "replace"],
    [{}, { name: "b" }, "update"],
    [{}, { comment: "c" }, "update"],
    [{ comment: "by hand" }, {}, "update"],
    [{ parent: "other", created: "later" }, {}, "none"],
    [{ ready: false }, {}, "update"],
    [{}, { allowRestart: false }, "update"],
  ];
  for (const [olds, news, expected] of table) {
    it(`${JSON.stringify(olds)} ${JSON.stringify(news)} → ${expected}`, () =>
      assert.equal(verdictOf(diffSnapshot({ ...state, ...olds }, { ...inputs, ...news })), expected));
  }
});

describe("a restore", () => {
  const inputs: RestoreInputs = { instance: "dev", snapshot: "a", discardCurrentState: true, owner: "urn" };
  it("is refused without the consent to discard the current state", () => {
    for (const discardCurrentState of [false, undefined]) {
      const [failure] = checkRestore({ ...inputs, discardCurrentState }).failures;
      assert.equal(failure?.property, "discardCurrentState");
    }
    assert.deepEqual(checkRestore({ ...inputs }).failures, []);
    assert.deepEqual(checkRestore({ ...inputs, discardCurrentState: UNKNOWN }).failures, []);
  });
  it("is refused with a trigger that changes at every run, and would discard the instance's state each time", () => {
    for (const trigger of [Number(undefined), [Number.POSITIVE_INFINITY], { at: -0 }]) {
      const [failure] = checkRestore({ ...inputs, trigger }).failures;
      assert.equal(failure?.property, "trigger");
      assert.match(failure?.reason ?? "", /NaN.*on every run/);
    }
    for (const trigger of [undefined, null, "", 0, [1, null], { at: UNKNOWN }, UNKNOWN]) {
      assert.deepEqual(checkRestore({ ...inputs, trigger }).failures, []);
    }
  });
  const done = { trigger: 1, snapshot: "a", at: "then" };
  const state: RestoreState = { ...inputs, ready: true };
  const table: [olds: object, news: object, updates: boolean][] = [
    [{}, {}, false],
    [{}, { trigger: 1 }, true],
    [{ restored: done, trigger: 1 }, { trigger: 1 }, false],
    [{ restored: done, trigger: 1 }, { trigger: 2 }, true],
    [{ restored: done }, { trigger: 1 }, true],
    [{ ready: false }, {}, true],
  ];
  for (const [olds, news, changes] of table) {
    it(`${JSON.stringify(olds)} ${JSON.stringify(news)} → ${changes}`, () =>
      assert.equal(diffRestore({ ...state, ...olds }, { ...inputs, ...news }).changes, changes));
  }
  it("is never replaced, so that it never happens because of another change", () => {
    assert.deepEqual(diffRestore(state, { ...inputs, instance: UNKNOWN, snapshot: "b" }).replaces, []);
  });
});
