import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { changesBetween } from "../../provider/lifecycle/instance/changes.ts";
import type { InstanceInputs, InstanceState } from "../../provider/lifecycle/instance/model.ts";
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

const native = { source: "/src", target: "/work", type: "native" as const };
const before: InstanceInputs = {
  name: "web",
  image: "24.04",
  cpus: 2,
  memory: "2G",
  disk: "10G",
  owner: "urn",
  mounts: [],
};

/** A change for each row of the page. */
const CHANGES: Record<
  string,
  Partial<InstanceInputs> | [from: Partial<InstanceInputs>, to: Partial<InstanceInputs>]
> = {
  "name another one": { name: "web2" },
  "image another one, or left out again": { image: undefined },
  "cloudInit another one, or left out again": { cloudInit: "#cloud-config\n" },
  "networks any": { networks: [{ name: "eth0" }] },
  "zone another one": { zone: "zone2" },
  "bridged on": { bridged: true },
  "bridged off": [{ bridged: true }, { bridged: false }],
  "cpus any": { cpus: 3 },
  "memory another size; 2048MiB for 2G is none": { memory: "3G" },
  "disk larger; smaller is refused by the preview": { disk: "20G" },
  "mounts classic ones": { mounts: [{ source: "/src", target: "/work" }] },
  "mounts native ones": { mounts: [native] },
  "powerState another one": { powerState: "stopped" },
  "adopt any": { adopt: true },
  "allowRestart any": { allowRestart: false },
  "deletionPolicy any": { deletionPolicy: "keep" },
  "readiness any": { readiness: { cloudInit: "skip" } },
  "remedies any": { remedies: { directImage: false } },
  "retry any": { retry: { factor: 2 } },
  "timeouts any": { timeouts: { create: "1h" } },
  "multipassPath any": { multipassPath: "/opt/multipass" },
};

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

const asLeft = (inputs: InstanceInputs): InstanceState => ({
  ...inputs,
  state: "Running",
  ready: true,
  ipAddress: "10.0.0.2",
  ipv4: ["10.0.0.2"],
  release: "Ubuntu 24.04.3 LTS",
  imageRelease: "24.04 LTS",
  imageHash: "abc",
  snapshotCount: 0,
  multipassVersion: "1.17.0",
  specified: [],
});

describe("the page on what a change costs", () => {
  for (const [argument = "", change = "", verdict] of rowsOf("A change of the program")) {
    it(`is right on ${argument}: ${change}`, () => {
      const made = CHANGES[`${argument} ${change}`];
      assert.ok(made, "the row has no change to be checked by");
      const [from, to] = Array.isArray(made) ? made : [{}, made];
      const changes = changesBetween(asLeft({ ...before, ...from }), { ...before, ...from, ...to });
      assert.deepEqual(new Set(changes.map((one) => one.verdict)), new Set([verdict]));
    });
  }

  it("has a row for every argument", () => {
    const named = new Set(rowsOf("A change of the program").map(([argument]) => argument));
    assert.deepEqual(
      Object.keys(CHANGES).filter((one) => !named.has(one.split(" ")[0])),
      [],
    );
    assert.equal(rowsOf("A change of the program").length, Object.keys(CHANGES).length);
  });

  for (const [seen = "", , verdict] of rowsOf("A machine that is not as it was left")) {
    // A machine that does not exist is nothing that an update could see.
    if (verdict === "create") continue;
    it(`is right on a machine that is seen so: ${seen}`, () => {
      const drift = DRIFT[seen];
      assert.ok(drift, "the row has no drift to be checked by");
      const [drifted, asked] = Array.isArray(drift) ? drift : [drift, {}];
      const program = { ...before, ...asked };
      const changes = changesBetween({ ...asLeft(program), ...drifted }, program);
      assert.deepEqual(
        new Set(changes.map((one) => one.verdict)),
        new Set(verdict === "none" ? [] : [verdict]),
      );
    });
  }
});
