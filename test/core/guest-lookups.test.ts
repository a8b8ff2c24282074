// cspell:ignore shel

import assert from "node:assert/strict";
import { inspect } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { readFile, runOutput, runOutputOutput } from "../../provider/lookups.ts";
import { onSimulatedHost } from "../support/simulated-host.ts";

/** The value of an output, or its failure. */
const promised = <T>(output: pulumi.Output<T>) => (output as unknown as { promise(): Promise<T> }).promise();

describe("a lookup in a guest", () => {
  it("reads a file as root, and says what it cannot read", () =>
    onSimulatedHost({}, async ({ sim, multipass }) => {
      multipass("launch", "--name", "dev");
      const key = "it's ☃\n";
      await sim.instance("dev").poke({ files: { "/root/key": key } });
      multipass("exec", "dev", "--", "sudo", "chmod", "600", "/root/key");
      const look = (path: string, instance = "dev") => readFile({ multipassPath: sim.bin, instance, path });
      const { content, contentBase64, sha256 } = await look("/root/key");
      assert.equal(content, key);
      assert.equal(Buffer.from(contentBase64, "base64").toString(), key);
      assert.match(sha256, /^[0-9a-f]{64}$/);
      await assert.rejects(
        look("/root/nothing"),
        /look up \/root\/nothing in instance "dev": there is no such/,
      );
      await assert.rejects(look("/etc"), /it is not a file/);
      await assert.rejects(look("/etc/x", "web"), /Instance "web" does not exist|does not exist/);
      await assert.rejects(look(""), /A lookup has an invalid argument: path is required$/);
      await assert.rejects(
        readFile({ multipassPath: sim.bin, instance: "dev", path: "/etc/x", timeout: "soon" }),
        /look up \/etc\/x in instance "dev": timeout "soon" is not a duration\nWrite it as "90s"/,
      );
      multipass("stop", "dev");
      await assert.rejects(look("/root/key"), /it is Stopped, and is not started by accident/);
      assert.equal((await sim.world()).instances["dev"]?.state, "Stopped");
    }));

  it("returns all that a command prints, also more than a `Command` keeps", () =>
    onSimulatedHost({}, async ({ sim, multipass }) => {
      multipass("launch", "--name", "dev");
      const stdin = `begin ${"0123456789".repeat(150_000)} end`;
      const { stdout } = await runOutput({
        multipassPath: sim.bin,
        instance: "dev",
        command: ["cat"],
        stdin,
      });
      assert.equal(stdout === stdin, true, `${stdout.length} characters`);
    }));

  it("runs a command, and fails with what it printed, without its environment", () =>
    onSimulatedHost({}, async ({ sim, multipass }) => {
      multipass("launch", "--name", "dev");
      const run = (command: string | string[], more = {}) =>
        runOutput({ multipassPath: sim.bin, instance: "dev", command, ...more });
      assert.deepEqual(await run(["echo", "a b"]), { stdout: "a b", stderr: "" });
      const script = 'cat; echo "$TOKEN" >&2; exit 3';
      const secret = { shell: true, environment: { TOKEN: "hunter2-hunter2" }, stdin: "in" };
      await assert.rejects(
        run(script, secret),
        (error: Error) => /exit code 3\n\[TOKEN\]/.test(error.message) && !error.message.includes("hunter2"),
      );
      await assert.rejects(run("echo a | cat"), /command is a string, which only a shell can run/);
      await assert.rejects(run(["x"], { shel: true }), /shel is not an argument: did you mean `shell`/);
      assert.doesNotMatch(JSON.stringify(await sim.calls()), /hunter2/);
    }));

  it("shows no secret that the guest prints in a failure of the client", () =>
    onSimulatedHost({}, async ({ sim, multipass }) => {
      multipass("launch", "--name", "dev");
      const common = { multipassPath: sim.bin, instance: "dev", shell: true };
      const failing = 'echo "exec failed: refused: $TOKEN" >&2; exit 255';
      const lookups = [
        () => runOutput({ ...common, command: failing, environment: { TOKEN: "hunter2-hunter2" } }),
        () =>
          promised(
            runOutputOutput({
              ...common,
              command: pulumi.secret(failing.replace("$TOKEN", "hunter2-hunter2")),
            }),
          ),
      ];
      // An error shows no more than the last 4,000 characters, which here begin within the secret.
      const long = `echo "hunter2-hunter2 ${"0".repeat(3_986)}" >&2; exit 1`;
      lookups.push(() => promised(runOutputOutput({ ...common, command: pulumi.secret(long) })));
      // What is searched for secrets ends within the first of two long ones, and hiding the second makes it short.
      const stdin = Array.from({ length: 3_500 }, (_, at) => `hunter2-${at}`).join("");
      lookups.push(() => runOutput({ ...common, command: "cat > f; cat f f; exit 1", stdin }));
      for (const lookup of lookups) {
        await assert.rejects(lookup(), (error: Error) => {
          assert.match(error.message, /Unable to look up the output of a command in instance "dev"/);
          assert.doesNotMatch(inspect(error, { depth: null }), /hunter2|-hunt/);
          return true;
        });
      }
    }));
});
