/** What Pulumi is told by the provider, apart from what an operation does. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  alias,
  clone,
  file,
  instance,
  mount,
  setting,
  snapshot,
} from "../../provider/doors/dynamic/runtime.ts";
import { SIGNATURE, UNKNOWN } from "../engine/values.ts";
import { withEnv } from "../support/with-env.ts";

type Resource = typeof instance;
type Arguments = Record<string, unknown>;

let made = 0;
/** A resource of the program of its own. */
function owned(args: Arguments): Arguments {
  made += 1;
  return { ...args, __owner: `urn:pulumi:dev::lab::pulumi-nodejs:dynamic/multipass:Thing::r${made}` };
}

const reasons = async (resource: Resource, news: Arguments, olds: Arguments = {}) =>
  (await resource.check(olds, news)).failures.map(({ reason }) => reason);

describe("the dynamic provider", () => {
  let folder: string;
  let restore: () => void;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "dynamic-provider-"));
    // Any program will do as a client that nobody calls.
    restore = withEnv({ MULTIPASS_BIN: process.execPath, PULUMI_MULTIPASS_STATE_DIR: folder });
  });
  after(() => {
    restore();
    rmSync(folder, { recursive: true });
  });

  it("adds only properties that Pulumi does not display", async () => {
    const { inputs } = await instance.check(
      {},
      { ...owned({ cpus: 1 }), __logicalName: "dev", __secrets: ["cpus"] },
    );
    const { name, ...others } = inputs;
    assert.match(String(name), /^dev-/);
    assert.deepEqual(Object.keys(others).sort(), [
      "__automaticName",
      "__logicalName",
      "__owner",
      "__secrets",
      "cpus",
    ]);
    // The automatic name is kept, in states of 0.1.0, too.
    const olds = { name, owner: inputs["__owner"], logicalName: "dev", automaticName: true, cpus: 1 };
    const again = await instance.check(olds, { ...inputs, name: undefined, __canAppear: true });
    assert.deepEqual(again.inputs, inputs);
    const state = { ...olds, state: "Running", ready: true };
    assert.equal((await instance.diff(String(name), state, again.inputs)).changes, false);
  });

  it("returns assets and unknown values unchanged", async () => {
    const source = { [SIGNATURE]: "c44067f5952c0a294b673a41bacd8c17", text: "Welcome", hash: "any" };
    const args = owned({ instance: UNKNOWN, path: "/etc/motd", source });
    const { inputs, failures } = await file.check({}, { ...args, __provider: "code" });
    assert.deepEqual(failures, []);
    const { sourceHash, ...others } = inputs;
    assert.match(String(sourceHash), /^[0-9a-f]{64}$/);
    assert.deepEqual(others, args);
    const state = { ...inputs, instance: "web", sha256: sourceHash };
    assert.deepEqual(await file.diff("", state, { ...inputs, instance: "web" }), {
      changes: false,
      replaces: [],
      deleteBeforeReplace: true,
    });
    assert.deepEqual((await file.diff("", state, inputs)).replaces, ["instance"]);
  });

  const same: [what: string, one: [Resource, Arguments], other: [Resource, Arguments], argument: string][] = [
    ["an instance", [instance, { name: "twin" }], [clone, { source: "base", name: "twin" }], "name"],
    [
      "a snapshot",
      [snapshot, { instance: "twins", name: "s" }],
      [snapshot, { instance: "twins", name: "s" }],
      "name",
    ],
    [
      "a file",
      [file, { instance: "twins", path: "a", content: "" }],
      [file, { instance: "twins", path: "/home/ubuntu/a", content: "" }],
      "path",
    ],
    [
      "a mount",
      [mount, { instance: "twins", source: ".", target: "a" }],
      [mount, { instance: "twins", source: "/", target: "/home/ubuntu/a" }],
      "target",
    ],
    [
      "an alias",
      [alias, { instance: "twins", command: "/bin/twin" }],
      [alias, { instance: "db", command: "la", name: "twin" }],
      "name",
    ],
    [
      "a setting",
      [setting, { key: "client.twin", value: "a" }],
      [setting, { key: "client.twin", value: "b" }],
      "key",
    ],
  ];
  for (const [what, [resource, args], [other, rivals], argument] of same) {
    it(`refuses a second resource for ${what}`, async () => {
      const first = owned(args);
      assert.deepEqual(await reasons(resource, first), []);
      // Pulumi checks the arguments of a replacement twice.
      assert.deepEqual(await reasons(resource, first), []);
      const [reason, ...more] = await reasons(other, owned(rivals));
      assert.match(
        reason ?? "",
        new RegExp(`^${argument} is also used by Thing "r${made - 1}" in this program`),
      );
      assert.deepEqual(more, []);
      assert.deepEqual(await reasons(other, owned({ ...rivals, multipassPath: "/bin/sh" })), []);
    });
  }

  it("allows two resources whose things may differ", async () => {
    for (const [resource, args] of [
      [instance, { name: UNKNOWN }],
      [instance, { __logicalName: "web" }],
      [file, { instance: "twins", path: "/srv", directory: folder }],
      [file, { instance: UNKNOWN, path: "b", content: "" }],
    ] as [Resource, Arguments][]) {
      for (const _ of [1, 2]) assert.deepEqual(await reasons(resource, owned(args)), []);
    }
  });

  it("without a client, refuses new and changed resources", async () => {
    const named = owned({ name: "lonely", cpus: 1 });
    const without = { ...named, multipassPath: "/nowhere/multipass" };
    assert.deepEqual(await reasons(instance, without), [
      "multipassPath does not name a program that can be run: /nowhere/multipass",
    ]);
    assert.equal((await reasons(instance, { ...without, cpus: 2 }, without)).length, 1);
    assert.deepEqual(await reasons(instance, without, without), []);
    assert.deepEqual(await reasons(instance, { ...without, cpus: UNKNOWN }, without), []);
    assert.deepEqual(await reasons(instance, { ...named, multipassPath: UNKNOWN }), []);
    const missing = withEnv({ MULTIPASS_BIN: "/nowhere/multipass" });
    try {
      const [reason] = await reasons(instance, named);
      assert.match(reason ?? "", /^Unable to find the multipass client: .*Install Multipass.*[^.]$/);
    } finally {
      missing();
    }
  });
});
