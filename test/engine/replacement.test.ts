import assert from "node:assert/strict";
import { onEachDeployer, opsOn, type ThingSpec } from "./fixture.ts";

onEachDeployer("replacing", (test) => {
  test("replaces by creating before deleting", async (fixture) => {
    await fixture.up([{ name: "a", props: { kind: "x" } }]);
    const old = (await fixture.find("a"))?.id;
    fixture.calls();
    const result = await fixture.up([{ name: "a", props: { kind: "y" } }]);
    assert.deepEqual([result.ok, result.summary], [true, { same: 1, replace: 1 }]);
    assert.deepEqual(opsOn(result.steps, "a"), ["create-replacement", "replace", "delete-replaced"]);
    const calls = fixture.calls();
    assert.deepEqual(
      calls.map(({ method }) => method).filter((method) => !method.endsWith("done")),
      ["check", "diff", "check", "create", "delete"],
    );
    assert.deepEqual(
      calls.filter(({ method }) => method === "check").map(({ olds }) => olds),
      [true, false],
    );
    const now = (await fixture.find("a"))?.id;
    assert.notEqual(now, old);
    assert.deepEqual(fixture.world(), [now]);
    assert.equal((await fixture.stack.state()).resources.length, 2);
  });

  test("replaces by deleting first, dependents included", async (fixture) => {
    const program = (kind: string): ThingSpec[] => [
      { name: "a", props: { kindFirst: kind } },
      { name: "b", from: { kind: "a.serial" } },
      { name: "c", from: { size: "a.serial" } },
    ];
    await fixture.up(program("x"));
    fixture.calls();
    const result = await fixture.up(program("y"));
    assert.deepEqual([result.ok, result.summary], [true, { same: 1, replace: 2, update: 1 }]);
    assert.deepEqual(opsOn(result.steps, "a"), ["delete-replaced", "replace", "create-replacement"]);
    const changes = fixture.changes();
    assert.deepEqual(changes.slice(0, 3), ["delete b", "delete a", "create a"]);
    assert.deepEqual(changes.slice(3).sort(), ["create b", "update c"]);
    assert.equal(fixture.world().length, 3);
  });

  test("moves dependents over to a replacement before it deletes the original", async (fixture) => {
    const program = (kind: string): ThingSpec[] => [
      { name: "a", props: { kind } },
      { name: "b", from: { of: "a.serial" } },
    ];
    await fixture.up(program("x"));
    fixture.calls();
    const preview = await fixture.preview(program("y"));
    assert.deepEqual(preview.summary, { replace: 1, same: 1, update: 1 });
    assert.deepEqual(fixture.changes(), []);
    const result = await fixture.up(program("y"));
    assert.deepEqual(result.summary, { replace: 1, same: 1, update: 1 });
    assert.deepEqual(fixture.changes(), ["create a", "update b", "delete a"]);
  });

  test("lets the program choose the order of a replacement", async (fixture) => {
    const program = (kind: string): ThingSpec[] => [
      { name: "a", props: { kind }, options: { deleteBeforeReplace: true } },
      { name: "b", props: { kindFirst: kind }, options: { deleteBeforeReplace: false } },
    ];
    await fixture.up(program("x"));
    fixture.calls();
    await fixture.up(program("y"));
    const changes = fixture.changes();
    assert.deepEqual(
      changes.filter((change) => change.endsWith(" a")),
      ["delete a", "create a"],
    );
    assert.deepEqual(
      changes.filter((change) => change.endsWith(" b")),
      ["create b", "delete b"],
    );
  });

  test("resumes a replacement whose second half failed", async (fixture) => {
    await fixture.up([{ name: "a", props: { kindFirst: "x" } }]);
    fixture.calls();
    const failed = await fixture.up([{ name: "a", props: { kindFirst: "y", fail: "no room" } }]);
    assert.equal(failed.ok, false);
    assert.match(failed.error ?? "", /no room/u);
    assert.deepEqual(fixture.changes(), ["delete a", "create a"]);
    assert.equal((await fixture.find("a"))?.pendingReplacement, true);
    const result = await fixture.up([{ name: "a", props: { kindFirst: "y" } }]);
    assert.equal(result.ok, true);
    assert.deepEqual(fixture.changes(), ["create a"]);
    assert.equal((await fixture.find("a"))?.pendingReplacement, false);
  });

  test("retries the deletion of the original", async (fixture) => {
    await fixture.up([{ name: "a", props: { kind: "x", failDelete: "in use" } }]);
    const failed = await fixture.up([{ name: "a", props: { kind: "y" } }]);
    assert.match(failed.error ?? "", /in use/u);
    assert.doesNotMatch(failed.text, /signaling shutdown/u);
    const states = (await fixture.stack.state()).resources.filter(({ urn }) => urn.endsWith("::a"));
    assert.deepEqual(states.map((state) => state.delete).sort(), [false, true]);
    fixture.calls();
    const again = await fixture.up([{ name: "a", props: { kind: "y" } }]);
    assert.match(again.error ?? "", /in use/u);
    assert.deepEqual(fixture.changes(), ["delete a"]);
  });

  test("replaces on demand", async (fixture) => {
    await fixture.up([{ name: "a" }]);
    fixture.calls();
    const result = await fixture.up([{ name: "a" }], { replace: [fixture.urn("a")] });
    assert.deepEqual(result.summary, { same: 1, replace: 1 });
    assert.deepEqual(fixture.changes(), ["create a", "delete a"]);
  });
});
