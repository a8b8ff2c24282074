import assert from "node:assert/strict";
import { LiveOutput } from "../../../provider/core/command/live-output.ts";
import { createCommand } from "../../support/operations.ts";
import { onSimulatedHost } from "../../support/simulated-host.ts";
import { until } from "../../support/until.ts";

/** What a command's output becomes when it comes in these parts. */
function loggedFrom(parts: (string | Buffer)[], options: ConstructorParameters<typeof LiveOutput>[1] = {}) {
  const logged: string[] = [];
  const quiet = () => undefined;
  const log = { status: quiet, warn: quiet, info: (message: string) => void logged.push(message) };
  const live = new LiveOutput(log, { logging: "stdout", ...options });
  for (const part of parts) live.take("stdout", Buffer.from(part));
  live.end();
  return logged;
}

describe("the output of a command that runs", () => {
  it("goes into the log line by line, without characters that move the cursor", () => {
    const snowman = Buffer.from("☃\n");
    assert.deepEqual(
      loggedFrom([
        "on",
        "e\ntwo\r\n\u001b[31m!\u001b[0m\u0007\n10 %\r20 %\r",
        snowman.subarray(0, 2),
        snowman.subarray(2),
        "\u202eend",
      ]),
      ["one\ntwo\n!\n10 %\n20 %\n☃\nend"],
    );
  });

  it("shows no part of a line that is too long to be searched for secrets", () => {
    const parts = Array.from({ length: 500 }, () => "0123456789");
    assert.deepEqual(loggedFrom([...parts, "\nshort\n"]), ["(a line of more than 2000 characters)\nshort"]);
    assert.deepEqual(loggedFrom(parts), ["(a line of more than 2000 characters)"]);
  });

  const key = Buffer.from("hunter2 ".repeat(40)).toString("base64");
  const encoded = key.replace(/.{76}/g, "$&\n");

  it("keeps the lines of an encoded text together in the log, so that a secret in it is recognised", () => {
    const logged = loggedFrom(["a line\n".repeat(9_140), `${encoded}\n`]);
    assert.equal(logged.filter((message) => message.includes(encoded)).length, 1);
  });

  it("shows no line of an encoded text in the row", async () => {
    const shown: string[] = [];
    const quiet = () => undefined;
    const live = new LiveOutput({ status: (text) => void shown.push(text), warn: quiet, info: quiet }, {});
    live.take("stdout", Buffer.from(`a line\n${encoded}\n`));
    await until(() => shown.length > 0);
    live.end();
    assert.deepEqual(shown, ["a line"]);
  });

  it("reaches the log before the end if there is much of it", () => {
    const logged = loggedFrom(Array.from({ length: 3_000 }, (_, at) => `line ${at} ${"x".repeat(90)}\n`));
    assert.ok(logged.length > 3);
    assert.ok(logged.every((message) => message.length < 70_000));
    assert.equal(logged.join("\n").split("\n").length, 3_000);
  });

  it("is read only at its end if it comes fast and only its last line is shown", async () => {
    const shown: string[] = [];
    const quiet = () => undefined;
    const live = new LiveOutput({ status: (text) => void shown.push(text), warn: quiet, info: quiet }, {});
    live.take("stdout", Buffer.from(`${"a line\n".repeat(9_000)}the end of`));
    live.take("stdout", Buffer.from(" a large part\n"));
    await until(() => shown.includes("the end of a large part"));
    live.take("stdout", Buffer.from("☃".repeat(30_000)));
    live.take("stdout", Buffer.from("\n"));
    await until(() => shown.includes("(a line of more than 2000 characters)"));
    live.end();
    assert.equal(new Set(shown).size, 2);
  });

  it("stays out of the log unless `logging` asks for it, and where it is secret", () => {
    for (const logging of [undefined, "stderr", "none"] as const)
      assert.deepEqual(loggedFrom(["a\n"], { logging }), []);
    assert.deepEqual(loggedFrom(["a\n"], { secrets: ["stdout"] }), []);
  });

  it("shows its last line in the row while it runs, and nothing that it prints as it ends", () =>
    onSimulatedHost({}, async ({ ctx, said, multipass }) => {
      multipass("launch", "--name", "dev");
      const script = "echo first; echo shown; sleep 3600; echo token";
      const over = new AbortController();
      const command = { instance: "dev", shell: true, create: script, owner: "urn" };
      const done = createCommand({ ...ctx, signal: over.signal }, command).catch((error) => error);
      await until(() => said.includes("shown"));
      over.abort();
      await done;
      assert.ok(!said.includes("first"));

      const quick = await createCommand(ctx, { ...command, create: "echo token", logging: "none" });
      assert.equal(quick.outs.stdout, "token");
      assert.ok(!said.includes("token"));
    }));
});
