import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { inspect } from "node:util";
import type { CommandState } from "../../../provider/core/command/model.ts";
import { checkCommand } from "../../../provider/core/command/resource.ts";
import { UNKNOWN } from "../../../provider/core/unknown.ts";
import { guestInvocation } from "../../../provider/driver/guest-command.ts";
import { createCommand, diffCommand, readCommand, updateCommand } from "../../support/operations.ts";
import { onSimulatedHost } from "../../support/simulated-host.ts";
import { verdictOf } from "../../support/verdict.ts";

const good = { instance: "dev", create: ["true"], owner: "urn" };

describe("check of a command's arguments", () => {
  const bad: [args: Record<string, unknown>, property: string, reason: RegExp][] = [
    [{ instance: "bad_name" }, "instance", /letters, digits and hyphens/],
    [{ create: undefined }, "create", /must be a list/],
    [{ create: "echo hi" }, "create", /shell: true/],
    [{ create: [] }, "create", /is empty/],
    [{ create: ["echo"], shell: true }, "create", /needs no shell/],
    [{ delete: "rm x" }, "delete", /shell: true/],
    [{ interpreter: [] }, "interpreter", /is empty/],
    [{ interpreter: ["python3", "-c"] }, "create", /pass a string/],
    [{ create: "x", shell: true, interpreter: ["bash", "-c"] }, "interpreter", /replaces `shell`/],
    [{ logging: "all" }, "logging", /"stdoutAndStderr"/],
    [{ environment: { "NOT GOOD": "x" } }, "environment.NOT GOOD", /not the name of a variable/],
    [{ environment: { N: 1 } }, "environment.N", /must be a string/],
    [{ acceptedExitCodes: [256] }, "acceptedExitCodes[0]", /0 to 255/],
    [{ triggers: [Number(undefined)] }, "triggers[0]", /NaN/],
    [{ timeouts: { create: "soon" } }, "timeouts.create", /"90s"/],
    [{ cmd: ["x"] }, "cmd", /not an argument/],
  ];
  for (const [args, property, reason] of bad) {
    it(`refuses ${JSON.stringify(args)}`, () => {
      const { failures } = checkCommand({ ...good, ...args });
      assert.deepEqual(
        failures.map((failure) => failure.property),
        [property],
      );
      assert.match(failures[0]?.reason ?? "", reason);
    });
  }
  it("accepts values that are not known yet", () => {
    const args = { instance: UNKNOWN, create: UNKNOWN, environment: { A: UNKNOWN }, stdin: UNKNOWN };
    assert.deepEqual(checkCommand({ ...good, ...args }).failures, []);
    assert.deepEqual(checkCommand({ ...good, create: ["echo", UNKNOWN] }).failures, []);
    assert.deepEqual(checkCommand({ ...good, create: "echo", shell: UNKNOWN }).failures, []);
  });
});

describe("diff of a command", () => {
  const state: CommandState = { ...good, stdout: "", stderr: "", exitCode: 0 };
  const table: [change: object, verdict: "none" | "replace" | "update"][] = [
    [{}, "none"],
    [{ instance: "web" }, "replace"],
    [{ instance: UNKNOWN }, "replace"],
    [{ triggers: [1] }, "replace"],
    [{ create: ["false"] }, "update"],
    [{ update: ["false"] }, "update"],
    [{ environment: { A: "b" } }, "update"],
    [{ stdin: "x" }, "update"],
    [{ interpreter: ["bash", "-c"] }, "update"],
    [{ logging: "none" }, "update"],
    [{ workingDirectory: "/" }, "update"],
    [{ delete: ["true"] }, "update"],
    [{ timeouts: { create: "1m" } }, "update"],
    [{ owner: "other" }, "none"],
  ];
  for (const [change, verdict] of table) {
    it(`${JSON.stringify(change)} → ${verdict}`, () => {
      assert.equal(verdictOf(diffCommand(state, { ...good, ...change })), verdict);
    });
  }
});

describe("a command on its way into the guest", () => {
  it("appears in no argument list, and arrives unchanged", function () {
    if (process.platform === "win32") this.skip();
    const nasty = 'a\'b "c" $HOME `id` \\ \n*é';
    const { args, input } = guestInvocation({
      command: ["printf", "%s|", nasty, ""],
      environment: { VALUE: nasty },
      workingDirectory: "/",
      stdin: "unused",
    });
    assert.doesNotMatch(args.join(" "), /HOME|printf %s\|/);
    const run = spawnSync(args[0] as string, args.slice(1), { input, encoding: "utf8" });
    assert.equal(run.stdout, `${nasty}||`);
    const script = guestInvocation({
      command: 'printf %s "$VALUE"; cat',
      environment: { VALUE: nasty },
      stdin: "1\n2",
    });
    const both = spawnSync("sh", script.args.slice(1), { input: script.input, encoding: "utf8" });
    assert.equal(both.stdout, `${nasty}1\n2`);
  });
});

describe("the failure of a command", () => {
  const failing = { ...good, shell: true };
  const showsNoSecret = (error: Error) => {
    assert.match(error.message, /exit code 1/);
    assert.doesNotMatch(inspect(error, { depth: null }), /hunter2|-hunt/);
    return true;
  };
  /** One long word, as a key or a token is. */
  const secret = (parts: number) => Array.from({ length: parts }, (_, at) => `hunter2-${at}`).join("");

  it("shows no part of a secret that is divided where a long output is cut", () =>
    onSimulatedHost({}, async ({ ctx, multipass }) => {
      multipass("launch", "--name", "dev");
      // Only the last MiB is kept, which begins within the second of three.
      const inputs = { ...failing, create: "cat > f; cat f f f; exit 1", stdin: secret(60_000) };
      await assert.rejects(createCommand(ctx, inputs), showsNoSecret);
    }));

  it("shows no part of the last run's output that is a secret", () =>
    onSimulatedHost({}, async ({ ctx, multipass }) => {
      multipass("launch", "--name", "dev");
      const inputs = { ...failing, create: "true", secrets: ["stdout"] };
      const olds = { ...inputs, stdout: secret(500), stderr: "", exitCode: 0 };
      const news = { ...inputs, update: 'echo "$PULUMI_COMMAND_STDOUT" >&2; exit 1' };
      await assert.rejects(updateCommand(ctx, olds, news, "dev/1"), showsNoSecret);
    }));
});

describe("the life of a command", () => {
  it("is run by the interpreter, as its last argument", () =>
    onSimulatedHost({}, async ({ ctx, multipass }) => {
      multipass("launch", "--name", "dev");
      const script = 'echo "$0: $GREETING"';
      const inputs = {
        ...good,
        create: script,
        interpreter: ["sh", "-c"],
        environment: { GREETING: "it's" },
      };
      assert.equal((await createCommand(ctx, inputs)).outs.stdout, "sh: it's");
    }));

  it("runs its update command, ignores a change of only its timeout, and disappears with its instance", () =>
    onSimulatedHost(
      { faults: { guestCommands: [{ match: "^greet", stdout: "hello\n" }] } },
      async ({ ctx, create, multipass, count }) => {
        await create({ name: "dev" });
        const inputs = { ...good, create: ["greet"] };
        const { outs } = await createCommand(ctx, inputs);
        assert.equal(outs.stdout, "hello");
        const news = { ...inputs, update: ["greet", "again"] };
        const runs = await count("exec");
        const recorded = await updateCommand(ctx, outs, { ...inputs, timeouts: { create: "1m" } }, "dev/1");
        assert.deepEqual([recorded.stdout, await count("exec")], ["hello", runs]);
        const updated = await updateCommand(ctx, outs, news, "dev/1");
        assert.equal(updated.exitCode, 0);
        assert.ok((await count("exec")) > runs);
        assert.ok(await readCommand(ctx, updated));
        multipass("delete", "--purge", "dev");
        assert.equal(await readCommand(ctx, updated), undefined);
      },
    ));
});
