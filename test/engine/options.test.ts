import assert from "node:assert/strict";
import { onEachDeployer } from "./fixture.ts";

onEachDeployer("with options", (test) => {
  test("touches only targets", async (fixture) => {
    await fixture.up([{ name: "a" }, { name: "b" }]);
    fixture.calls();
    const both = [{ name: "a", props: { size: 2 } }, { name: "b", props: { size: 2 } }, { name: "c" }];
    const result = await fixture.up(both, { targets: [fixture.urn("b")] });
    assert.deepEqual([result.error, fixture.changes()], [undefined, ["update b"]]);
    assert.equal(await fixture.find("c"), undefined);

    const gone = await fixture.destroy({ targets: [fixture.urn("a")] });
    assert.equal(gone.ok, true);
    assert.deepEqual(fixture.changes(), ["delete a"]);
    assert.equal(await fixture.find("a"), undefined);
    assert.ok(await fixture.find("b"));
  });

  test("refuses to create a target without its dependencies", async (fixture) => {
    const result = await fixture.up([{ name: "a" }, { name: "b", dependsOn: ["a"] }, { name: "c" }], {
      targets: [fixture.urn("b")],
    });
    assert.equal(result.ok, false);
    assert.match(result.error ?? "", /depends on '\S+::a' which was/u);
    assert.deepEqual(fixture.changes(), []);
  });

  test("refuses to destroy a target without its dependents", async (fixture) => {
    await fixture.up([{ name: "a" }, { name: "b", dependsOn: ["a"] }]);
    fixture.calls();
    const result = await fixture.destroy({ targets: [fixture.urn("a")] });
    assert.match(result.error ?? "", /::b' will be destroyed but was not specified in --target list/u);
    assert.deepEqual(fixture.changes(), []);
  });

  test("refreshes only targets", async (fixture) => {
    await fixture.up([{ name: "a" }, { name: "b" }]);
    fixture.calls();
    const result = await fixture.refresh({ targets: [fixture.urn("a")] });
    assert.equal(result.ok, true);
    assert.deepEqual(
      fixture
        .calls()
        .filter(({ method }) => method === "read")
        .map(({ name }) => name),
      ["a"],
    );
  });

  test("does not delete protected resources", async (fixture) => {
    await fixture.up([{ name: "a", props: { kind: "x" }, options: { protect: true } }, { name: "b" }]);
    const replaced = await fixture.up([
      { name: "a", props: { kind: "y" }, options: { protect: true } },
      { name: "b" },
    ]);
    assert.match(replaced.error ?? "", /unable to replace resource/u);
    fixture.calls();
    const destroyed = await fixture.destroy();
    assert.equal(destroyed.ok, false);
    assert.match(destroyed.error ?? "", /cannot be deleted\s+because it is protected/u);
    assert.ok(await fixture.find("a"));
    assert.ok(fixture.world().some((id) => id.startsWith("a-")));
  });

  test("follows aliases, including those in components", async (fixture) => {
    await fixture.up([
      { name: "group", component: true },
      { name: "old", parent: "group" },
    ]);
    const id = (await fixture.find("old"))?.id;
    fixture.calls();
    const result = await fixture.up([
      { name: "team", component: true, options: { aliases: [{ name: "group" }] } },
      { name: "new", parent: "team", options: { aliases: [{ name: "old" }] } },
    ]);
    assert.equal(result.error, undefined);
    assert.equal((await fixture.find("new"))?.id, id);
    assert.equal((await fixture.find("new"))?.urn, fixture.urn("new", "fixture:index:Group$"));
    // Its name is also an input, and so has changed.
    assert.deepEqual(fixture.changes(), ["update new"]);
    assert.deepEqual(result.summary, { same: 2, update: 1 });
  });

  test("releases retained resources, and ignores changes as told by ignoreChanges", async (fixture) => {
    const program = (size: number) => [
      { name: "a", options: { retainOnDelete: true } },
      { name: "b", props: { size }, options: { ignoreChanges: ["size"] } },
    ];
    await fixture.up(program(1));
    fixture.calls();
    const result = await fixture.up(program(2));
    assert.deepEqual(result.summary, { same: 3 });
    await fixture.destroy();
    assert.deepEqual(fixture.changes(), ["delete b"]);
    assert.deepEqual(
      fixture.world().map((id) => id[0]),
      ["a"],
    );
  });

  test("does not delete a resource that is deleted with another", async (fixture) => {
    await fixture.up([{ name: "host" }, { name: "guest", deletedWith: "host" }]);
    fixture.calls();
    await fixture.destroy();
    assert.deepEqual(fixture.changes(), ["delete host"]);
  });
});
