import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { InitializationError } from "../../../provider/core/context.ts";
import type { MountState } from "../../../provider/core/mount/model.ts";
import { checkMount } from "../../../provider/core/mount/resource.ts";
import { UNKNOWN } from "../../../provider/core/unknown.ts";
import { cancelled, isMultipassError } from "../../../provider/driver/errors.ts";
import { createMount, deleteMount, diffMount, updateMount } from "../../support/operations.ts";
import { onSimulatedHost, type SimulatedHost } from "../../support/simulated-host.ts";
import { verdictOf } from "../../support/verdict.ts";

const good = { instance: "dev", source: tmpdir(), target: "/mnt/a", owner: "urn" };

describe("check of a mount's arguments", () => {
  const bad: [args: Record<string, unknown>, property: string, reason: RegExp][] = [
    [{ target: "/home/ubuntu" }, "target", /refuses/],
    [{ target: "/a:b" }, "target", /colon/],
    [{ source: "" }, "source", /empty/],
    [{ source: "/nowhere" }, "source", /does not exist: \/nowhere$/],
    [{ source: "package.json" }, "source", /does not name a folder/],
    [{ type: "nfs" }, "type", /"classic" or "native"/],
    [{ uidMappings: ["x"] }, "uidMappings[0]", /HOST:INSTANCE/],
    [{ instanceDeclaresMounts: true }, "instance", /use either/],
    [{ readOnly: true }, "readOnly", /not an argument/],
  ];
  for (const [args, property, reason] of bad) {
    it(`refuses ${JSON.stringify(args)}`, () => {
      const [failure] = checkMount({}, { ...good, ...args }).failures;
      assert.equal(failure?.property, property);
      assert.match(failure?.reason ?? "", reason);
    });
  }
  it("makes paths absolute", () => {
    const { inputs } = checkMount({}, { ...good, source: "test", target: "src" });
    assert.deepEqual([inputs.source, inputs.target], [resolve("test"), "/home/ubuntu/src"]);
    assert.deepEqual(checkMount({ ...good, source: "/gone" }, { ...good, source: "/gone" }).failures, []);
    assert.deepEqual(checkMount({}, { ...good, source: UNKNOWN, target: UNKNOWN }).failures, []);
  });
});

describe("diff of a mount", () => {
  const table: [change: object, expected: string][] = [
    [{}, "none"],
    [{ type: "classic" }, "none"],
    [{ type: "native" }, "update"],
    [{ source: "/b" }, "update"],
    [{ gidMappings: ["1:1"] }, "update"],
    [{ target: "/mnt/b" }, "replace"],
    [{ instance: UNKNOWN }, "replace"],
    [{ allowRestart: false }, "update"],
  ];
  for (const [change, expected] of table) {
    it(`${JSON.stringify(change)} → ${expected}`, () => {
      assert.equal(verdictOf(diffMount(good, { ...good, ...change })), expected);
    });
  }
});

describe("a mount whose create is cut off", () => {
  const inputs = { instance: "dev", source: "/tmp", target: "/mnt/x", owner: "urn:dev" };

  /** The failure of a create whose client is ended, after the daemon has made the mount or before. */
  async function cutOff({ host, ctx }: SimulatedHost, isMade: boolean): Promise<unknown> {
    const { driver } = host;
    const mount = driver.mount.bind(driver);
    driver.mount = async (...call) => {
      if (isMade) await mount(...call);
      throw cancelled();
    };
    const failure = await createMount(ctx, inputs).catch((error) => error);
    driver.mount = mount;
    return failure;
  }

  it("is in the state if it is there, so that the next run knows it", () =>
    onSimulatedHost({}, async (subject) => {
      const { ctx, multipass, sim, count } = subject;
      const mounts = async () => Object.keys((await sim.world()).instances["dev"]?.mounts ?? {});
      multipass("launch", "--name", "dev");
      const failure = await cutOff(subject, true);
      assert.ok(failure instanceof InitializationError, String(failure));
      const partial = failure.outs as unknown as MountState;
      assert.equal(diffMount(partial, inputs).changes, true);
      const updated = await updateMount(ctx, partial, inputs);
      assert.equal(diffMount(updated, inputs).changes, false);
      assert.equal(await count("mount"), 1);
      multipass("umount", "dev:/mnt/x");
      await updateMount(ctx, partial, inputs);
      assert.equal((await mounts()).length, 1);
      await deleteMount(ctx, partial);
      assert.deepEqual(await mounts(), []);
    }));

  it("is in no state if it is not there", () =>
    onSimulatedHost({}, async (subject) => {
      subject.multipass("launch", "--name", "dev");
      const failure = await cutOff(subject, false);
      assert.ok(isMultipassError(failure, "cancelled"), String(failure));
    }));
});
