import assert from "node:assert/strict";
import { join } from "node:path";
import type { FaultPlan } from "../../simulator/src/index.ts";
import type { SimulatedHost } from "../support/simulated-host.ts";
import type { Order } from "./operation.ts";

export interface Case {
  what: string;
  prepare: (host: SimulatedHost) => void;
  order: (host: SimulatedHost) => Pick<Order, "operation" | "with">;
  faults?: FaultPlan;
  /** How often each of these commands may succeed over both runs. */
  once?: string[];
  /** What besides the world has to be right: of the outcome, and of the host. */
  holds?: (outcome: unknown, host: SimulatedHost) => void;
}

const launch = ({ multipass }: SimulatedHost) => void multipass("launch", "--name", "dev");
const inDev = { instance: "dev", owner: "urn" };
const withSnapshot = (host: SimulatedHost) => {
  launch(host);
  host.multipass("stop", "dev");
  host.multipass("snapshot", "--name", "one", "dev");
  host.multipass("start", "dev");
};

const nativeMount = ({ dir }: SimulatedHost) => ({ ...inDev, source: dir, target: "/mnt", type: "native" });
const withNativeMount = (host: SimulatedHost) => {
  launch(host);
  host.multipass("stop", "dev");
  host.multipass("mount", "--type", "native", host.dir, "dev:/mnt");
  host.multipass("start", "dev");
};
const taken = { ...inDev, name: "one", comment: "", parent: "", created: "", ready: true };
const mirror = {
  key: "local.image.mirror",
  value: "https://two.example/",
  previous: "https://one.example/",
  owner: "urn",
};

/** Every operation that changes something, and what the world has to be after it. */
export const CASES: Case[] = [
  {
    what: "a snapshot",
    prepare: launch,
    order: () => ({ operation: "createSnapshot", with: [{ ...inDev, name: "one", comment: "said" }] }),
    once: ["snapshot"],
  },
  {
    what: "the removal of a snapshot",
    prepare: withSnapshot,
    order: () => ({
      operation: "deleteSnapshotResource",
      with: [{ ...inDev, name: "one", comment: "", parent: "", created: "", ready: true }],
    }),
  },
  {
    what: "the removal of a snapshot of a machine that has to be stopped for it",
    prepare: withSnapshot,
    faults: { commands: [{ command: "delete", text: 'Failed to get "write" lock' }] },
    order: () => ({
      operation: "deleteSnapshotResource",
      with: [{ ...inDev, name: "one", comment: "", parent: "", created: "", ready: true }],
    }),
  },
  {
    what: "a restore",
    prepare: withSnapshot,
    order: () => ({
      operation: "createRestore",
      with: [{ ...inDev, snapshot: "one", trigger: 1, discardCurrentState: true }],
    }),
  },
  {
    what: "a clone",
    prepare: launch,
    order: () => ({
      operation: "createClone",
      with: [{ source: "dev", name: "web", owner: "urn:web", cpus: 2 }],
    }),
    once: ["clone"],
  },
  {
    what: "a native mount",
    prepare: launch,
    order: (host) => ({ operation: "createMount", with: [nativeMount(host)] }),
  },
  {
    what: "another mount",
    prepare(host) {
      launch(host);
      host.multipass("mount", host.dir, "dev:/mnt");
    },
    order: ({ dir }) => ({
      operation: "updateMount",
      with: [
        { ...inDev, source: dir, target: "/mnt" },
        { ...inDev, source: join(dir, ".."), target: "/mnt" },
      ],
    }),
  },
  {
    what: "a file",
    prepare: launch,
    order: () => ({ operation: "createFile", with: [{ ...inDev, path: "/home/ubuntu/a", content: "a" }] }),
  },
  {
    what: "another alias",
    prepare(host) {
      launch(host);
      host.multipass("alias", "dev:ls", "list-it");
    },
    order: () => ({
      operation: "updateAlias",
      with: [
        { ...inDev, name: "list-it", command: "ls", context: "default" },
        { ...inDev, name: "list-it", command: "dir", workingDirectory: "default" },
      ],
    }),
  },
  {
    what: "a setting",
    prepare: (host) => void host.multipass("set", "local.image.mirror=https://one.example/"),
    order: () => ({
      operation: "createSetting",
      with: [{ key: "local.image.mirror", value: "https://two.example/", owner: "urn" }],
    }),
    holds(outcome, { multipass }) {
      const { outs } = outcome as { outs: { previous: string } };
      assert.equal(outs.previous, "https://one.example/");
      assert.equal(multipass("get", "local.image.mirror").trim(), "https://two.example/");
    },
  },
  {
    what: "another setting",
    prepare: (host) => void host.multipass("set", "local.image.mirror=https://two.example/"),
    order: () => ({
      operation: "updateSetting",
      with: [mirror, { ...mirror, value: "https://three.example/" }],
    }),
    holds: (_, { multipass }) =>
      assert.equal(multipass("get", "local.image.mirror").trim(), "https://three.example/"),
  },
  {
    what: "the end of a setting",
    prepare: (host) => void host.multipass("set", "local.image.mirror=https://two.example/"),
    order: () => ({ operation: "deleteSetting", with: [mirror] }),
    holds: (_, { multipass }) =>
      assert.equal(multipass("get", "local.image.mirror").trim(), "https://one.example/"),
  },
  {
    what: "another name and comment of a snapshot",
    prepare: withSnapshot,
    order: () => ({
      operation: "updateSnapshot",
      with: ["dev.one", taken, { ...inDev, name: "two", comment: "said" }],
    }),
  },
  {
    what: "a restore that is asked for anew",
    prepare: withSnapshot,
    order: () => ({
      operation: "updateRestore",
      with: [
        "dev.one",
        {
          ...inDev,
          snapshot: "one",
          trigger: 1,
          discardCurrentState: true,
          ready: true,
          restored: { trigger: 1, snapshot: "one", at: "" },
        },
        { ...inDev, snapshot: "one", trigger: 2, discardCurrentState: true },
      ],
    }),
  },
  {
    what: "another native mount",
    prepare: withNativeMount,
    order: ({ dir }) => ({
      operation: "updateMount",
      with: [
        { ...inDev, source: dir, target: "/mnt", type: "native" },
        { ...inDev, source: join(dir, ".."), target: "/mnt", type: "native" },
      ],
    }),
  },
  {
    what: "the end of a native mount",
    prepare: withNativeMount,
    order: (host) => ({ operation: "deleteMount", with: [nativeMount(host)] }),
  },
  {
    what: "another size of a clone",
    prepare: launch,
    order: () => ({
      operation: "updateClone",
      with: [
        { source: "golden", name: "dev", owner: "urn", ready: true, state: "Running" },
        { source: "golden", name: "dev", owner: "urn", cpus: 4 },
      ],
    }),
  },
  {
    what: "the end of a clone",
    prepare: launch,
    order: () => ({
      operation: "deleteClone",
      with: [{ source: "golden", name: "dev", owner: "urn", ready: true, state: "Running" }],
    }),
  },
];
