import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Fixture, type ThingSpec } from "./fixture.ts";
import { deployers, isSecret, reveal, type StepRecord } from "./index.ts";

/** The operations on one resource, in order. */
const opsOn = (steps: StepRecord[], name: string): string[] =>
  steps.filter(({ urn }) => urn.endsWith(`::${name}`)).map(({ op }) => op);

// The same cases on the engine and on the real CLI: what the engine claims, the CLI has to confirm.
for (const deployer of deployers()) {
  describe(`a stack on the ${deployer.name}`, () => {
    let fixture: Fixture;
    beforeEach(async () => {
      fixture = await Fixture.open(deployer);
    });
    afterEach(() => fixture.close());

    it("creates, leaves alone, updates, and destroys", async () => {
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

    it("previews with unknown values and changes nothing", async () => {
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

    it("replaces by creating before deleting", async () => {
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

    it("replaces by deleting first, dependents included", async () => {
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

    it("takes up a replacement whose second half failed", async () => {
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

    it("replaces on demand", async () => {
      await fixture.up([{ name: "a" }]);
      fixture.calls();
      const result = await fixture.up([{ name: "a" }], { replace: [fixture.urn("a")] });
      assert.deepEqual(result.summary, { same: 1, replace: 1 });
      assert.deepEqual(fixture.changes(), ["create a", "delete a"]);
    });

    it("finds drift, takes new inputs, and forgets what is gone", async () => {
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

    it("keeps what could not be read", async () => {
      await fixture.up([{ name: "a", props: { failRead: "no answer" } }]);
      const result = await fixture.refresh();
      assert.equal(result.ok, false);
      assert.match(result.error ?? "", /no answer/u);
      assert.ok(await fixture.find("a"));
    });

    it("keeps a resource that failed to initialise, and updates it next time", async () => {
      const failing = [{ name: "a", props: { failInit: "not booted", size: 1 } }];
      const first = await fixture.up(failing, { outputs: { serial: "a.serial" } });
      assert.equal(first.ok, false);
      assert.match(first.error ?? "", /1 error occurred:\s+\* not booted/u);
      const kept = await fixture.find("a");
      assert.deepEqual([kept?.initErrors, kept?.outputs["ready"]], [["not booted"], false]);
      assert.match(kept?.id ?? "", /^a-/u);
      fixture.calls();

      // Nothing has changed, but there is something left to do.
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

    it("goes on with the old inputs after an update that failed to initialise", async () => {
      await fixture.up([{ name: "a", props: { size: 1 } }]);
      const failed = await fixture.up([{ name: "a", props: { size: 2, failInit: "still booting" } }]);
      assert.equal(failed.ok, false);
      const kept = await fixture.find("a");
      assert.deepEqual([kept?.inputs["size"], kept?.outputs["size"]], [1, 2]);
      const result = await fixture.up([{ name: "a", props: { size: 2 } }]);
      assert.deepEqual([result.error, result.summary], [undefined, { same: 1, update: 1 }]);
      assert.deepEqual((await fixture.find("a"))?.initErrors, []);
    });

    it("keeps secrets out of the state file and marks outputs", async () => {
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

    it("follows dependencies, and creates in parallel what has none", async () => {
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

    it("stops dependents of a failure and lets what runs come to its end", async () => {
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

    it("reports what check refuses, and does nothing", async () => {
      const result = await fixture.up([{ name: "a", props: { size: "bad" } }]);
      assert.equal(result.ok, false);
      assert.match(
        result.error ?? "",
        /pulumi-nodejs:dynamic\/fixture:Thing resource 'a': property size value \{bad\} has a problem: is not a size/u,
      );
      assert.deepEqual(fixture.changes(), []);
    });

    it("touches only targets", async () => {
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

    it("protects", async () => {
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

    it("follows aliases, in components too", async () => {
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
      // Its own name is one of its inputs, and so has changed.
      assert.deepEqual(fixture.changes(), ["update new"]);
      assert.deepEqual(result.summary, { same: 2, update: 1 });
    });

    it("lets go of what it is to retain, and ignores changes it is to ignore", async () => {
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

    it("reads what exists without owning it", async () => {
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

    it("survives a provider that is killed in the middle of a create", async () => {
      const killed = await fixture.up(
        [{ name: "a" }, { name: "b", props: { delay: 8000 }, dependsOn: ["a"] }],
        {
          killPluginAfter: 1500,
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

    it("hands over what program and provider say", async () => {
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

    it("hands over the status of a resource", async () => {
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

    it("goes on with what does not depend on a failure, if asked to", async () => {
      const result = await fixture.up(
        [
          { name: "bad", props: { fail: "boom" } },
          { name: "slow", props: { delay: 300 } },
          { name: "after", dependsOn: ["slow"] },
        ],
        { continueOnError: true },
      );
      assert.match(result.error ?? "", /boom/u);
      assert.deepEqual(fixture.changes(), ["create bad", "create slow", "create after"]);
      assert.ok(await fixture.find("after"));
    });

    it("says what is wrong with a program, and deletes nothing", async () => {
      await fixture.up([{ name: "a" }]);
      fixture.calls();
      const result = await fixture.up([], { outputs: { nothing: "missing.serial" } });
      assert.equal(result.ok, false);
      assert.match(result.error ?? "", /Running program '.*index\.js' failed with an unhandled exception/u);
      assert.deepEqual(fixture.changes(), []);
      const twice = await fixture.up([{ name: "a" }, { name: "a" }]);
      assert.match(twice.error ?? "", /Duplicate resource URN/u);
    });

    it("stops when told to", async () => {
      const stop = new AbortController();
      const running = fixture.up(
        [
          { name: "a", props: { delay: 2500 } },
          { name: "b", dependsOn: ["a"] },
        ],
        {
          signal: stop.signal,
          onPlugin: () => setTimeout(() => stop.abort(), 1500),
        },
      );
      const result = await running;
      assert.equal(result.ok, false);
      assert.deepEqual(fixture.changes(), ["create a"]);
      assert.ok(await fixture.find("a"));
    });
  });
}
