import assert from "node:assert/strict";
import type { Cost } from "../../../provider/core/description.ts";
import { changesBetween } from "../../../provider/core/instance/changes.ts";
import { INSTANCE, type InstanceInputs, type InstanceState } from "../../../provider/core/instance/model.ts";
import { diffInstance } from "../../support/operations.ts";
import { asLeft, TABLE } from "../../support/verdict-table.ts";

type Verdict = Exclude<Cost, "update">;

const inputs: InstanceInputs = {
  name: "web",
  image: "24.04",
  cpus: 2,
  memory: "2G",
  disk: "10G",
  cloudInit: "#cloud-config\nx: 1\n",
  mounts: [{ source: "/src", target: "/work" }],
  owner: "urn",
};

const state = asLeft(inputs);

/** A change of the program, with an instance that is as the create left it. */
const ARGUMENTS: [change: Partial<InstanceInputs>, property: string, verdict: Verdict | "none"][] = [
  [{}, "", "none"],
  [{ name: "web2" }, "name", "replace"],
  [{ image: "22.04" }, "image", "replace"],
  [{ image: undefined }, "image", "replace"],
  [{ cloudInit: "#cloud-config\nx: 2\n" }, "cloudInit", "replace"],
  [{ cloudInit: undefined }, "cloudInit", "replace"],
  [{ cloudInit: "# mine\r\n{'x': \"1\"} # one\r\n" }, "", "none"],
  [{ networks: [{ name: "eth0" }] }, "networks", "replace"],
  [{ networks: [] }, "", "none"],
  [{ zone: "zone2" }, "zone", "replace"],
  [{ host: "lab2" }, "host", "replace"],
  [{ bridged: true }, "bridged", "restart"],
  [{ bridged: false }, "", "none"],
  [{ cpus: 4 }, "cpus", "restart"],
  [{ cpus: undefined }, "", "none"],
  [{ memory: "4G" }, "memory", "restart"],
  [{ memory: "2048MiB" }, "", "none"],
  [{ disk: "20G" }, "disk", "restart"],
  [{ mounts: [] }, "mounts", "live"],
  [{ mounts: undefined }, "", "none"],
  [{ mounts: [{ source: "/src", target: "/work", type: "classic" }] }, "", "none"],
  [{ mounts: [{ source: "/src", target: "/work", type: "native" }] }, "mounts", "restart"],
  [{ mounts: [{ source: "/other", target: "/work" }] }, "mounts", "live"],
  [{ powerState: "running" }, "powerState", "record"],
  [{ powerState: "stopped" }, "state", "live"],
  [{ powerState: "suspended" }, "state", "live"],
  [{ adopt: true }, "adopt", "record"],
  [{ allowRestart: false }, "allowRestart", "record"],
  [{ deletionPolicy: "keep" }, "deletionPolicy", "record"],
  [{ readiness: { cloudInit: "skip" } }, "readiness", "record"],
  [{ remedies: { directImage: false } }, "remedies", "record"],
  [{ retry: { factor: 2 } }, "retry", "record"],
  [{ timeouts: { create: "1h" } }, "timeouts", "record"],
  [{ multipassPath: "/opt/multipass" }, "multipassPath", "record"],
  [{ owner: "another urn" }, "", "none"],
  [{ secrets: ["cloudInit"] }, "", "none"],
];

/** The unchanged program, with an instance that others have changed. */
const DRIFT: [drift: Partial<InstanceState>, property: string, verdict: Verdict | "none"][] = [
  [{ state: "Stopped" }, "state", "live"],
  [{ state: "Suspended" }, "state", "live"],
  [{ state: "Deleted" }, "state", "live"],
  [{ state: "Unknown" }, "state", "live"],
  [{ cpus: 1 }, "cpus", "restart"],
  [{ memory: "1.0GiB" }, "memory", "restart"],
  [{ disk: "5.0GiB" }, "disk", "restart"],
  [{ mounts: [] }, "mounts", "live"],
  [{ ready: false }, "ready", "live"],
  [{ ipAddress: "10.0.0.3", ipv4: ["10.0.0.3"] }, "", "none"],
  [
    { release: "Ubuntu 24.04.4 LTS", snapshotCount: 3, multipassVersion: "1.18.0", imageHash: "d" },
    "",
    "none",
  ],
];

describe("the verdict on every change", () => {
  for (const [change, property, verdict] of ARGUMENTS) {
    it(`of an argument: ${JSON.stringify(change, (_k, v) => v ?? null)} → ${verdict}`, () => {
      const changes = changesBetween(state, { ...inputs, ...change });
      assert.deepEqual(changes, verdict === "none" ? {} : { [property]: verdict });
    });
  }
  for (const [argument, value] of [
    ["image", "22.04"],
    ["cloudInit", "#cloud-config\nx: 2\n"],
    ["networks", [{ name: "eth0" }]],
  ] as const) {
    it(`on ${argument} of an adopted instance: trusts the program, unless it contradicts an earlier value`, () => {
      const { [argument]: _, ...unsaid } = { ...inputs, networks: undefined };
      const adopted = { ...state, ...unsaid, [argument]: undefined, adopted: true };
      const said = { ...unsaid, [argument]: value };
      const record = { [argument]: "record" };
      assert.deepEqual(changesBetween(adopted, said), record);
      assert.deepEqual(changesBetween({ ...adopted, ...said }, unsaid), record);
      const other = argument === "networks" ? [{ name: "eth1" }] : "another";
      assert.deepEqual(changesBetween({ ...adopted, [argument]: other }, said), { [argument]: "replace" });
    });
  }
  for (const [drift, property, verdict] of DRIFT) {
    it(`on the instance: ${JSON.stringify(drift)} → ${verdict}`, () => {
      const changes = changesBetween({ ...state, ...drift }, inputs);
      assert.deepEqual(changes, verdict === "none" ? {} : { [property]: verdict });
    });
  }

  it("has a row for every argument", () => {
    const tested = new Set(ARGUMENTS.flatMap(([change]) => Object.keys(change)));
    const all = Object.keys(INSTANCE) as (keyof InstanceInputs)[];
    const inTable = new Set(TABLE.map(({ argument }) => argument));
    assert.deepEqual(
      all.filter((one) => !inTable.has(one)),
      ["owner", "secrets", "logicalName", "nameSeed", "automaticName"],
    );
    // The logical name is part of the URN, so a different one is a different resource.
    assert.deepEqual(
      all.filter((one) => !tested.has(one)),
      ["logicalName", "nameSeed", "automaticName"],
    );
  });

  it("replaces the old instance first only if the name stays the same", () => {
    assert.deepEqual(diffInstance(state, { ...inputs, image: "22.04" }), {
      changes: true,
      replaces: ["image"],
      deleteBeforeReplace: true,
      costs: { image: "replace" },
    });
    const { costs } = diffInstance({ ...state, ready: false }, { ...inputs, cpus: 4, adopt: true });
    assert.deepEqual(costs, { cpus: "restart", ready: "update", adopt: "record" });
    assert.equal(diffInstance(state, { ...inputs, image: "22.04", name: "web2" }).deleteBeforeReplace, false);
  });

  it("replaces the old instance first, too, if only the resource option replaceOnChanges replaces it", () => {
    const { replaces, deleteBeforeReplace } = diffInstance(state, { ...inputs, cpus: 4 });
    assert.deepEqual([replaces, deleteBeforeReplace], [[], true]);
  });

  it("creates the replacement first if the name is automatic, and removes the old instance last", () => {
    const news = { ...inputs, image: "22.04", automaticName: true };
    assert.equal(diffInstance({ ...state, automaticName: true }, news).deleteBeforeReplace, false);
  });

  it("leaves a stopped instance alone if the program wants it stopped", () => {
    const stopped = { ...inputs, powerState: "stopped" as const };
    assert.deepEqual(changesBetween({ ...state, ...stopped, state: "Stopped" }, stopped), {});
  });
});
