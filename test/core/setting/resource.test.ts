import assert from "node:assert/strict";
import type { SettingState } from "../../../provider/core/setting/model.ts";
import { checkSetting } from "../../../provider/core/setting/resource.ts";
import { UNKNOWN } from "../../../provider/core/unknown.ts";
import { diffSetting } from "../../support/operations.ts";

describe("check of a setting's arguments", () => {
  const good = { key: "local.driver", value: "qemu", owner: "urn" };
  const bad: [args: Record<string, unknown>, property: string, reason: RegExp][] = [
    [{ key: "driver" }, "key", /local\.driver/],
    [{ key: "local.dev.cpus" }, "key", /`Instance`/],
    [{ key: "local.dev.snap.comment" }, "key", /`Snapshot`/],
    [{ value: true }, "value", /must be a string/],
    [{ value: "a\nb" }, "value", /line break/],
    [{ key: "local.image.mirror", value: "http://x" }, "value", /https/],
    [{ deletionPolicy: "purge" }, "deletionPolicy", /"restore" or "keep"/],
  ];
  for (const [args, property, reason] of bad) {
    it(`refuses ${JSON.stringify(args)}`, () => {
      const [failure] = checkSetting({ ...good, ...args }).failures;
      assert.equal(failure?.property, property);
      assert.match(failure?.reason ?? "", reason);
    });
  }
  it("accepts values that are not known yet, and the existing keys", () => {
    assert.deepEqual(checkSetting({ ...good, key: UNKNOWN, value: UNKNOWN }).failures, []);
    for (const key of ["local.bridged-network", "local.privileged-mounts", "client.primary-name"]) {
      assert.deepEqual(checkSetting({ ...good, key }).failures, []);
    }
    assert.deepEqual(checkSetting({ ...good, key: "local.image.mirror", value: "" }).failures, []);
  });
});

describe("diff of a setting", () => {
  const table: [key: string, before: string, after: string, changes: boolean][] = [
    ["local.privileged-mounts", "true", "ON", false],
    ["local.privileged-mounts", "true", "off", true],
    ["local.driver", "virtualbox", "vbox", false],
    ["local.image.mirror", "https://m/", "https://m", false],
    ["local.image.mirror", "https://m/", "", true],
    ["local.passphrase", "one", "two", true],
    ["local.passphrase", "one", "one", false],
    ["local.bridged-network", "eth0", UNKNOWN, true],
  ];
  for (const [key, before, after, changes] of table) {
    it(`${key}: ${before} → ${JSON.stringify(after)}`, () => {
      const olds: SettingState = { key, value: before, previous: "", owner: "urn" };
      assert.equal(diffSetting(olds, { key, value: after, owner: "urn" }).changes, changes);
    });
  }
});
