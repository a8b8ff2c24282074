import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { onEachDeployer } from "./fixture.ts";
import { isSecret, reveal } from "./index.ts";

onEachDeployer("a stack", (test) => {
  test("creates, leaves alone, updates, and destroys", async (fixture) => {
    const first = await fixture.up([{ name: "a", props: { size: 1 } }], {
      outputs: { serial: "a.serial" },
    });
    assert.equal(first.error, undefined);
    assert.deepEqual(first.summary, { create: 2 });
    assert.match(String(first.outputs["serial"]), /^A-/u);
    assert.match(first.text, /\+ 2 created/u);
    const id = (await fixture.find("a"))?.id;
    assert.deepEqual(fixture.world(), [id]);
    const calls = fixture.calls();
    assert.deepEqual(
      calls.map(({ method }) => method),
      ["check", "create", "create done"],
    );
    assert.match(calls[0]?.engine ?? "", /^127\.0\.0\.1:\d+$/u);
    assert.equal(calls[0]?.olds, false);

    const second = await fixture.up([{ name: "a", props: { size: 1 } }]);
    assert.deepEqual([second.ok, second.summary], [true, { same: 2 }]);
    assert.deepEqual(fixture.changes(), []);

    const third = await fixture.up([{ name: "a", props: { size: 2 } }]);
    assert.deepEqual(third.summary, { same: 1, update: 1 });
    assert.deepEqual(fixture.changes(), ["update a"]);
    assert.equal((await fixture.find("a"))?.outputs["size"], 2);
    assert.equal((await fixture.find("a"))?.id, id);

    const last = await fixture.destroy();
    assert.deepEqual([last.ok, last.summary], [true, { delete: 2 }]);
    assert.deepEqual(fixture.world(), []);
    assert.deepEqual((await fixture.stack.state()).resources, []);
  });

  test("previews with unknown values and changes nothing", async (fixture) => {
    const resources = [{ name: "a" }, { name: "b", from: { of: "a.serial" } }];
    const result = await fixture.preview(resources, { outputs: { serial: "b.serial" } });
    assert.deepEqual([result.ok, result.summary], [true, { create: 3 }]);
    const checks = fixture.calls();
    assert.deepEqual(
      checks.map(({ method, name, unknown }) => [method, name, unknown?.length]),
      [
        ["check", "a", 0],
        ["check", "b", 1],
      ],
    );
    assert.deepEqual(fixture.world(), []);
    assert.deepEqual((await fixture.stack.state()).resources, []);
  });

  test("deletes resources removed from the program, last", async (fixture) => {
    await fixture.up([{ name: "a" }, { name: "b", dependsOn: ["a"] }]);
    fixture.calls();
    const result = await fixture.up([{ name: "c" }]);
    assert.deepEqual(result.summary, { create: 1, delete: 2, same: 1 });
    assert.deepEqual(fixture.changes(), ["create c", "delete b", "delete a"]);
  });

  test("finds drift, takes new inputs, and forgets missing resources", async (fixture) => {
    const program = [
      { name: "a", props: { size: 1 } },
      { name: "b", props: { size: 1 }, dependsOn: ["a"] },
      { name: "c" },
    ];
    await fixture.up(program);
    const [a, b] = [await fixture.find("a"), await fixture.find("b")];
    fixture.tamper(a?.id ?? "", undefined);
    fixture.tamper(b?.id ?? "", { size: 7, newInputs: { ...b?.inputs, size: 7 } });
    const result = await fixture.refresh();
    assert.equal(result.ok, true);
    assert.deepEqual(result.summary, { delete: 1, update: 1, same: 2 });
    assert.equal(await fixture.find("a"), undefined);
    const after = await fixture.find("b");
    assert.deepEqual([after?.outputs["size"], after?.inputs["size"]], [7, 7]);
    assert.deepEqual(after?.dependencies, []);

    fixture.calls();
    const next = await fixture.up(program);
    assert.deepEqual(next.summary, { create: 1, update: 1, same: 2 });
    assert.deepEqual(fixture.changes().sort(), ["create a", "update b"]);
  });

  test("keeps resources that could not be read", async (fixture) => {
    await fixture.up([{ name: "a", props: { failRead: "no answer" } }]);
    const result = await fixture.refresh();
    assert.equal(result.ok, false);
    assert.match(result.error ?? "", /no answer/u);
    assert.ok(await fixture.find("a"));
  });

  test("keeps secrets out of the state file and marks outputs", async (fixture) => {
    await fixture.stack.setConfig("greeting", "hello");
    await fixture.stack.setConfig("password", "correct horse", { secret: true });
    const options = { additionalSecretOutputs: ["serial"] };
    const result = await fixture.up(
      [{ name: "a", secrets: { token: "hunter2" }, props: { tellConfig: true }, options }],
      { outputs: { token: "a.token" } },
    );
    assert.equal(result.error, undefined);
    assert.equal(result.outputs["greeting"], "hello");
    assert.equal(result.outputs["password"], "correct horse");
    assert.equal(result.outputs["token"], "hunter2");
    assert.doesNotMatch(result.text, /hunter2|correct horse/u);
    const text = readFileSync(fixture.stack.stateFile, "utf8");
    assert.doesNotMatch(text, /hunter2/u);
    const a = await fixture.find("a");
    assert.ok(
      isSecret(a?.inputs["token"]) && isSecret(a?.outputs["token"]) && isSecret(a?.outputs["serial"]),
    );
    assert.ok(!isSecret(a?.outputs["ready"]));
    assert.equal(reveal(a?.outputs["token"] ?? null), "hunter2");
    assert.deepEqual(reveal(a?.outputs["config"] ?? null), {
      greeting: "hello",
      password: "correct horse",
    });

    const again = await fixture.reopen();
    assert.equal(reveal((await again.find("a"))?.outputs["token"] ?? null), "hunter2");
  });

  test("follows dependencies, and creates independent resources in parallel", async (fixture) => {
    const props = { delay: 400 };
    const result = await fixture.up([
      { name: "a", props },
      { name: "b", props },
      { name: "c", dependsOn: ["a", "b"] },
    ]);
    assert.equal(result.ok, true);
    const calls = fixture.calls();
    const at = (method: string, name: string) =>
      calls.find((call) => call.method === method && call.name === name)?.at ?? Number.NaN;
    assert.ok(at("create", "b") < at("create done", "a"), "a and b overlap");
    assert.ok(
      at("create", "c") >= Math.max(at("create done", "a"), at("create done", "b")),
      "c waits for both",
    );
    assert.deepEqual((await fixture.find("c"))?.dependencies.sort(), [fixture.urn("a"), fixture.urn("b")]);

    await fixture.destroy();
    assert.equal(fixture.changes()[0], "delete c");
  });

  test("applies a component's options and dependencies to its children", async (fixture) => {
    const result = await fixture.up([
      { name: "group", component: true, options: { protect: true } },
      { name: "a", parent: "group", props: { delay: 300 } },
      { name: "b", dependsOn: ["group"] },
    ]);
    assert.equal(result.error, undefined);
    const a = await fixture.find("a");
    assert.equal(a?.protect, true);
    assert.match(a?.parent ?? "", /::fixture:index:Group::group$/u);
    assert.deepEqual(fixture.changes(), ["create a", "create b"]);
    assert.ok((await fixture.find("b"))?.dependencies.includes(a?.urn ?? ""));
  });

  test("reads existing resources without owning them", async (fixture) => {
    await fixture.up([{ name: "a" }]);
    const id = (await fixture.find("a"))?.id ?? "";
    fixture.calls();
    const result = await fixture.up([{ name: "a" }, { name: "seen", options: { id } }], {
      outputs: { serial: "seen.serial" },
    });
    assert.equal(result.error, undefined);
    assert.equal(result.outputs["serial"], id.toUpperCase());
    assert.equal((await fixture.find("seen"))?.external, true);
    assert.deepEqual(fixture.changes(), []);
    await fixture.destroy();
    assert.deepEqual(fixture.changes(), ["delete a"]);
  });

  test("replaces a resource that was only read by one that it owns", async (fixture) => {
    await fixture.up([{ name: "a" }]);
    const id = (await fixture.find("a"))?.id ?? "";
    await fixture.up([{ name: "a" }, { name: "b", options: { id } }]);
    fixture.calls();
    const result = await fixture.up([{ name: "a" }, { name: "b" }]);
    assert.equal(result.error, undefined);
    assert.deepEqual(result.summary, { replace: 1, same: 2 });
    assert.deepEqual(fixture.changes(), ["create b"]);
    assert.equal((await fixture.find("b"))?.external, false);
  });

  test("passes on the output of program and provider", async (fixture) => {
    const said: string[] = [];
    const result = await fixture.up([{ name: "a", props: { say: "from the provider" } }], {
      log: "from the program",
      onLog: ({ message }) => said.push(message),
    });
    assert.equal(result.ok, true);
    for (const text of ["from the provider", "from the program"]) {
      assert.ok(said.includes(text) && result.text.includes(text), text);
      const log = result.logs.find(({ message }) => message === text);
      assert.deepEqual([log?.severity, log?.ephemeral], ["info", false]);
    }
  });

  test("passes on the status of a resource", async (fixture) => {
    const result = await fixture.up([{ name: "a", props: { status: "waiting for the moon" } }]);
    assert.equal(result.error, undefined);
    const log = result.logs.find(({ message }) => message === "waiting for the moon");
    assert.deepEqual(log, {
      severity: "info",
      message: "waiting for the moon",
      urn: fixture.urn("a"),
      ephemeral: true,
    });
  });

  test("names the source of a message", async (fixture) => {
    const result = await fixture.up([{ name: "a", props: { say: "from the provider", fail: "boom" } }], {
      log: "from the program",
    });
    const from = (text: string) => result.logs.find(({ message }) => message.includes(text))?.urn;
    assert.equal(from("boom"), fixture.urn("a"));
    assert.equal(from("from the program"), undefined);
    assert.equal(from("from the provider"), undefined);
  });
});
