import assert from "node:assert/strict";
import { onEachDeployer } from "./fixture.ts";

onEachDeployer("after a failure", (test) => {
  test("keeps a resource that failed to initialise, and updates it next time", async (fixture) => {
    const failing = [{ name: "a", props: { failInit: "not booted", size: 1 } }];
    const first = await fixture.up(failing, { outputs: { serial: "a.serial" } });
    assert.equal(first.ok, false);
    assert.match(first.error ?? "", /1 error occurred:\s+\* not booted/u);
    const kept = await fixture.find("a");
    assert.deepEqual([kept?.initErrors, kept?.outputs["ready"]], [["not booted"], false]);
    assert.match(kept?.id ?? "", /^a-/u);
    fixture.calls();

    // Nothing has changed, but some work is left.
    const second = await fixture.up(failing);
    assert.equal(second.ok, false);
    assert.deepEqual(fixture.changes(), ["update a"]);
    assert.deepEqual((await fixture.find("a"))?.initErrors, ["not booted"]);

    const refreshed = await fixture.refresh();
    assert.equal(refreshed.error, undefined);
    assert.deepEqual((await fixture.find("a"))?.initErrors, []);
    fixture.calls();

    const third = await fixture.up([{ name: "a", props: { size: 1 } }]);
    assert.equal(third.error, undefined);
    assert.equal((await fixture.find("a"))?.id, kept?.id);
  });

  test("keeps the old inputs after an update that failed to initialise", async (fixture) => {
    await fixture.up([{ name: "a", props: { size: 1 } }]);
    const failed = await fixture.up([{ name: "a", props: { size: 2, failInit: "still booting" } }]);
    assert.equal(failed.ok, false);
    const kept = await fixture.find("a");
    assert.deepEqual([kept?.inputs["size"], kept?.outputs["size"]], [1, 2]);
    const result = await fixture.up([{ name: "a", props: { size: 2 } }]);
    assert.deepEqual([result.error, result.summary], [undefined, { same: 1, update: 1 }]);
    assert.deepEqual((await fixture.find("a"))?.initErrors, []);
  });

  test("skips dependents of a failure and lets running steps finish", async (fixture) => {
    const resources = [
      { name: "slow", props: { delay: 1500 } },
      { name: "bad", props: { delay: 600, fail: "boom" } },
      { name: "after", dependsOn: ["bad"] },
    ];
    const result = await fixture.up(resources);
    assert.equal(result.ok, false);
    assert.match(result.error ?? "", /boom/u);
    assert.deepEqual(fixture.changes().sort(), ["create bad", "create slow"]);
    assert.ok(await fixture.find("slow"));
    assert.equal(await fixture.find("bad"), undefined);
    assert.equal(await fixture.find("after"), undefined);
  });

  test("continues with resources independent of a failure, if asked to", async (fixture) => {
    const result = await fixture.up(
      [
        { name: "bad", props: { fail: "boom" } },
        { name: "slow", props: { delay: 300 } },
        { name: "after", dependsOn: ["slow"] },
      ],
      { continueOnError: true },
    );
    assert.match(result.error ?? "", /boom/u);
    // The first two have no dependencies, so either may begin.
    const [one, other, ...rest] = fixture.changes();
    assert.deepEqual([one, other].sort(), ["create bad", "create slow"]);
    assert.deepEqual(rest, ["create after"]);
    assert.ok(await fixture.find("after"));
  });

  test("keeps resources that could not be deleted, and their dependencies", async (fixture) => {
    await fixture.up([{ name: "a" }, { name: "b", props: { failDelete: "in use" }, dependsOn: ["a"] }]);
    fixture.calls();
    const result = await fixture.destroy();
    assert.match(result.error ?? "", /in use/u);
    assert.deepEqual(fixture.changes(), ["delete b"]);
    assert.ok((await fixture.find("a")) && (await fixture.find("b")));
  });

  test("reports the failures of check, and does nothing", async (fixture) => {
    const result = await fixture.up([{ name: "a", props: { size: "bad" } }]);
    assert.equal(result.ok, false);
    assert.match(
      result.error ?? "",
      /pulumi-nodejs:dynamic\/fixture:Thing resource 'a': property size value \{bad\} has a problem: is not a size/u,
    );
    assert.deepEqual(fixture.changes(), []);
  });

  test("reports the same failure after a failed preview", async (fixture) => {
    const bad = [{ name: "a", props: { size: "bad" } }];
    const preview = await fixture.preview(bad);
    assert.equal(preview.ok, false);
    assert.match(preview.error ?? "", /is not a size/u);
    assert.equal((await fixture.up([{ name: "a" }])).ok, true);
  });

  test("reports a program's error, and deletes nothing", async (fixture) => {
    await fixture.up([{ name: "a" }]);
    fixture.calls();
    const result = await fixture.up([], { outputs: { nothing: "missing.serial" } });
    assert.equal(result.ok, false);
    assert.match(result.error ?? "", /Running program '.*index\.js' failed with an unhandled exception/u);
    assert.deepEqual(fixture.changes(), []);
    const twice = await fixture.up([{ name: "a" }, { name: "a" }]);
    assert.match(twice.error ?? "", /Duplicate resource URN/u);
  });

  test("survives a provider that is killed during a create", async (fixture) => {
    const killed = await fixture.up(
      [{ name: "a" }, { name: "b", props: { delay: 30_000 }, dependsOn: ["a"] }],
      {
        killPluginAfter: 4000,
      },
    );
    assert.equal(killed.ok, false);
    assert.ok((killed.pluginPid ?? 0) > 0);
    assert.equal(killed.pluginPid, fixture.calls()[0]?.pid);
    assert.ok(await fixture.find("a"));
    assert.equal(await fixture.find("b"), undefined);
    const result = await fixture.up([{ name: "a" }, { name: "b", dependsOn: ["a"] }]);
    assert.deepEqual([result.error, result.summary], [undefined, { same: 2, create: 1 }]);
    assert.deepEqual(fixture.changes(), ["create b"]);
  });

  test("stops when told to", async (fixture) => {
    const stop = new AbortController();
    const running = fixture.up(
      [
        { name: "a", props: { delay: 9000 } },
        { name: "b", dependsOn: ["a"] },
      ],
      {
        signal: stop.signal,
        onPlugin: () => setTimeout(() => stop.abort(), 4000),
      },
    );
    const result = await running;
    assert.equal(result.ok, false);
    assert.deepEqual(fixture.changes(), ["create a"]);
    assert.ok(await fixture.find("a"));
  });
});
