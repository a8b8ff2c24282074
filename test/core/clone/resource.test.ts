import assert from "node:assert/strict";
import type { CloneInputs, CloneState } from "../../../provider/core/clone/model.ts";
import { checkClone } from "../../../provider/core/clone/resource.ts";
import { UNKNOWN } from "../../../provider/core/unknown.ts";
import { diffClone } from "../../support/operations.ts";
import { verdictOf } from "../../support/verdict.ts";

describe("check of a clone's arguments", () => {
  const good = { source: "golden", name: "web", owner: "urn" };
  const bad: [args: Record<string, unknown>, property: string][] = [
    [{ source: undefined }, "source"],
    [{ name: "golden" }, "name"],
    [{ cpus: 0 }, "cpus"],
    [{ memory: "64M" }, "memory"],
    [{ disk: "2G" }, "disk"],
    [{ powerState: "suspended" }, "powerState"],
    [{ image: "24.04" }, "image"],
  ];
  for (const [args, property] of bad) {
    it(`refuses ${JSON.stringify(args)}`, () =>
      assert.deepEqual(
        checkClone({ name: "web", disk: "5.0GiB" }, { ...good, ...args }).failures.map((one) => one.property),
        [property],
      ));
  }
  it("generates a name once, and accepts values that are not known yet", () => {
    const { name } = checkClone({}, { source: UNKNOWN, owner: "urn", logicalName: "web" }).inputs;
    assert.match(name, /^web-[0-9a-f]{7}$/);
    assert.deepEqual(checkClone({ name }, { source: "golden", owner: "urn", disk: UNKNOWN }).failures, []);
  });
});

describe("diff of a clone", () => {
  const inputs: CloneInputs = { source: "golden", name: "web", owner: "urn" };
  const state: CloneState = {
    ...inputs,
    cpus: 1,
    memory: "1.0GiB",
    disk: "5.0GiB",
    state: "Running",
    ready: true,
    ipAddress: "",
    ipv4: [],
    release: "",
    imageRelease: "",
    multipassVersion: "1.17.0",
  };
  const table: [olds: Partial<CloneState>, news: object, expected: string][] = [
    [{}, {}, "none"],
    [{}, { source: UNKNOWN }, "replace"],
    [{}, { name: "web2" }, "replace"],
    [{}, { cpus: 2 }, "update"],
    [{}, { memory: "1G" }, "none"],
    [{}, { memory: "2G" }, "update"],
    [{}, { disk: "6G" }, "update"],
    [{}, { powerState: "stopped" }, "update"],
    [{ state: "Stopped" }, {}, "update"],
    [{ state: "Stopped" }, { powerState: "stopped" }, "none"],
    [{ ready: false }, {}, "update"],
    [{ owed: "running" }, {}, "update"],
    [{ ipAddress: "10.0.0.9" }, {}, "none"],
    [{}, { allowRestart: false }, "update"],
  ];
  for (const [olds, news, expected] of table) {
    it(`${JSON.stringify(olds)} ${JSON.stringify(news)} → ${expected}`, () => {
      assert.equal(verdictOf(diffClone({ ...state, ...olds }, { ...inputs, ...news })), expected);
    });
  }
});
