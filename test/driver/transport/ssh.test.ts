import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { Driver } from "../../../provider/driver/driver.ts";
import { quote } from "../../../provider/driver/guest-command.ts";
import { callClient, runClient } from "../../../provider/driver/run.ts";
import { asLine, readerArguments, readerCommand } from "../../../provider/driver/transport/remote-program.ts";
import { SshHost } from "../../../provider/driver/transport/ssh.ts";
import { until } from "../../support/run.ts";
import { needsWay, oneHost, openSshHosts, type SshHosts, WAYS } from "../../support/ssh-hosts.ts";

/** Words with everything that a shell could take for something else. */
const word = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "'",
        '"',
        "\\",
        "$",
        "`",
        "\n",
        " ",
        "\t",
        "!",
        "*",
        "~",
        "#",
        "-",
        "\\n",
        "$(id)",
        "\r",
        "%s",
        "é",
        "日本",
        "😀",
      ),
      fc.string({ unit: "binary", maxLength: 5 }).map((text) => text.replaceAll("\0", "")),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join("").toWellFormed());

describe("words for the shell of another host", () => {
  before(function () {
    if (process.platform === "win32") this.skip();
  });

  it("arrive unchanged, whatever they hold", () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 5 }), fc.string({ maxLength: 20 }), (words, rest) => {
        const program = `printf '%s\\0' ${["-", ...words].map(quote).join(" ")}; cat`;
        const { stdout } = spawnSync("sh", ["-c", readerCommand("a tag")], {
          input: asLine(program) + rest,
        });
        const all = stdout.toString().split("\0");
        assert.deepEqual(all.slice(0, words.length + 1), ["-", ...words]);
        assert.equal(all.slice(words.length + 1).join("\0"), rest);
      }),
      { numRuns: 60 },
    );
  });

  it("are not traced by a shell that its user has told to trace, since they can hold user-data", () => {
    const { stdout, stderr } = spawnSync("bash", readerArguments("x"), {
      env: { ...process.env, SHELLOPTS: "xtrace:errexit" },
      input: asLine("printf %s secret >/dev/null; false; echo ran"),
    });
    assert.equal(stdout.toString(), "ran\n");
    assert.ok(!stderr.includes("secret"), stderr.toString());
  });

  it("leave the user's own variables as they are", () => {
    const { stdout } = spawnSync("sh", readerArguments("x"), {
      env: { ...process.env, p: "the user's" },
      input: asLine("env | grep '^p='"),
    });
    assert.equal(stdout.toString(), "p=the user's\n");
  });

  it("do nothing if their line was cut off", () => {
    const { stdout } = spawnSync("sh", ["-c", readerCommand("x")], { input: asLine("echo ran").trimEnd() });
    assert.equal(stdout.toString(), "");
  });
});

for (const way of WAYS) {
  describe(`the client on another host, over ${way}`, () => {
    const lab = oneHost(way);

    /** Puts a client on the host that runs this. */
    function client(script: string): Driver {
      lab.put("multipass", script);
      return new Driver("multipass", {}, new SshHost("lab1"));
    }

    it("gets its arguments and stdin unchanged, and returns its output and exit code", async () => {
      const driver = client(`printf '%s|' "$@"; cat; printf 'é no newline' >&2; exit 3`);
      const args = ["exec", "it's", "", "a b", "$HOME", "line\nbreak", "\\n", "日本"];
      const input = "first\n\nlast without newline";
      assert.deepEqual(await runClient(driver, { args, input, timeoutMs: 60_000 }), {
        exitCode: 3,
        stdout: `${args.join("|")}|${input}`,
        stderr: "é no newline",
      });
    });

    it("shows its output as it comes, and nothing else", async () => {
      const driver = client(
        `printf 'é 1'; echo one >&2; until [ -f "$HOME/seen" ]; do sleep 0.05; done; echo two >&2`,
      );
      const heard = { stdout: "", stderr: "" };
      const call = runClient(driver, {
        args: ["exec", "x"],
        timeoutMs: 60_000,
        onOutput(stream, chunk) {
          heard[stream] += chunk;
        },
      });
      await until(() => heard.stdout === "é 1" && heard.stderr === "one\n");
      writeFileSync(join(lab.home(), "seen"), "");
      await call;
      assert.deepEqual(heard, { stdout: "é 1", stderr: "one\ntwo\n\n" });
    });

    it("keeps the beginning, the end and the exit code of a long output that somebody follows", async () => {
      const driver = client(
        "echo begins; sleep 0.2; yes 'line after line' | head -c 5000000; echo ends; exit 3",
      );
      const { exitCode, stdout } = await runClient(driver, {
        args: ["exec", "x"],
        timeoutMs: 60_000,
        onOutput: () => undefined,
      });
      assert.equal(exitCode, 3);
      assert.match(stdout, /^begins\n/);
      assert.match(stdout, /\n… \d\.\d MiB are left out here …\n/);
      assert.match(stdout, /ends\n$/);
    });

    it("ends with the client, even if a child of the client keeps its output open", async () => {
      const begin = performance.now();
      const driver = client("sleep 20 & echo out; echo err >&2; exit 3");
      assert.deepEqual(await runClient(driver, { args: ["exec", "x"], timeoutMs: 60_000 }), {
        exitCode: 3,
        stdout: "out\n",
        stderr: "err\n",
      });
      assert.ok(performance.now() - begin < 15_000);
    });

    it("may itself end with ssh's exit code, or print ssh's words", async () => {
      const driver = client(`echo "Permission denied (publickey)." >&2; exit 255`);
      const { exitCode, stderr } = await runClient(driver, { args: ["exec", "x"], timeoutMs: 60_000 });
      assert.deepEqual([exitCode, stderr], [255, "Permission denied (publickey).\n"]);
    });

    it("has an unknown outcome if a signal ends it", async () => {
      await assert.rejects(callClient(client("kill -9 $$"), { args: ["list"], timeoutMs: 60_000 }), {
        kind: "call-timeout",
        transient: true,
      });
    });

    it("gets environment variables", async () => {
      const { host } = client(`echo "$MULTIPASS_SERVER_ADDRESS"`);
      const driver = new Driver("multipass", { MULTIPASS_SERVER_ADDRESS: "unix:/it's here" }, host);
      const { stdout } = await runClient(driver, { args: ["list"], timeoutMs: 60_000 });
      assert.equal(stdout, "unix:/it's here\n");
    });

    it("that is missing is reported with the host's name", async () => {
      const driver = new Driver("/no/multipass", {}, new SshHost("lab1"));
      await assert.rejects(driver.list(), (error: Error & { kind?: string }) => {
        assert.equal(error.kind, "client-missing");
        assert.match(error.message, /client on lab1: .*"\/no\/multipass"/);
        return true;
      });
    });

    it("is ended there if its time is up, or the run is cancelled", async () => {
      const pidFile = join(lab.home(), "pid");
      const driver = client(`echo $$ >"$HOME/pid"; exec sleep 60`);
      const controller = new AbortController();
      const call = runClient(driver, { args: ["stop", "x"], timeoutMs: 60_000, signal: controller.signal });
      await until(() => existsSync(pidFile) && readFileSync(pidFile, "utf8").endsWith("\n"));
      const pid = Number(readFileSync(pidFile, "utf8"));
      controller.abort();
      await assert.rejects(call, { kind: "cancelled" });
      await until(() => spawnSync("kill", ["-0", String(pid)]).status !== 0);
    });

    it("leaves the outcome open if the connection is cut", async () => {
      const driver = client(`: >"$HOME/begun-$1"; exec sleep 20`);
      const calls = ["delete", "exec"].map((command) =>
        runClient(driver, { args: [command, "x"], timeoutMs: 60_000 }),
      );
      const ends = Promise.allSettled(calls);
      for (const command of ["delete", "exec"])
        await until(() => existsSync(join(lab.home(), `begun-${command}`)));
      await lab.down();
      const kinds = (await ends).map(
        (end) => end.status === "rejected" && [end.reason.kind, end.reason.transient],
      );
      await lab.up();
      assert.deepEqual(kinds, [
        ["call-timeout", true],
        ["guest-connection-lost", true],
      ]);
    });

    it("waits for a host that is away, and works once it is back", async () => {
      const driver = client("echo well");
      await lab.down();
      await assert.rejects(runClient(driver, { args: ["list"], timeoutMs: 60_000 }), {
        kind: "host-unreachable",
        transient: true,
      });
      await lab.up();
      const { stdout } = await runClient(driver, { args: ["list"], timeoutMs: 60_000 });
      assert.equal(stdout, "well\n");
    });

    it("fails for good if there is no such host", async () => {
      const driver = new Driver("multipass", {}, new SshHost("no-such-host.invalid"));
      await assert.rejects(driver.list(), (error: Error & { kind?: string; transient?: boolean }) => {
        // Without a network even a name that does not exist cannot be told from one that does.
        if (way === "a stand-in for ssh" || error.kind !== "host-unreachable")
          assert.deepEqual([error.kind, error.transient], ["host-unknown", false]);
        assert.match(error.message, /Unable to reach host "no-such-host.invalid"/);
        return true;
      });
    });

    it("runs at most as many sessions at once as the server allows", async () => {
      const driver = client(`echo >>"$HOME/now"; sleep 0.3; wc -l <"$HOME/now"; :`);
      const calls = Array.from({ length: 30 }, (_, index) =>
        runClient(driver, { args: [index % 2 ? "list" : "exec"], timeoutMs: 120_000 }),
      );
      const results = await Promise.all(calls);
      assert.ok(results.every(({ exitCode, stderr }) => exitCode === 0 && stderr === ""));
    });
  });
}

describe("a host that ssh does not reach over a real sshd", () => {
  let hosts: SshHosts;
  before(async function () {
    needsWay(this, "a real sshd");
    hosts = await openSshHosts("a real sshd");
    await hosts.add("lab1");
  });
  after(async () => hosts?.[Symbol.asyncDispose]());

  it("is refused for good if it has another key than before", async () => {
    const file = join(hosts.dir, "known_hosts");
    const known = readFileSync(file, "utf8");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(hosts.dir, "other")]);
    const [, other] = readFileSync(join(hosts.dir, "other.pub"), "utf8").split(" ");
    writeFileSync(file, known.replace(/\S+$/m, other as string));
    await assert.rejects(new Driver("multipass", {}, new SshHost("lab1")).list(), {
      kind: "host-key-refused",
      transient: false,
    });
    writeFileSync(file, "");
    await assert.rejects(new Driver("multipass", {}, new SshHost("lab1")).list(), {
      kind: "host-key-refused",
      transient: false,
    });
    writeFileSync(file, known);
  });

  it("is refused for good if it does not accept the user's key", async () => {
    writeFileSync(join(hosts.dir, "key.pub"), "");
    await assert.rejects(new Driver("multipass", {}, new SshHost("lab1")).list(), {
      kind: "host-access-denied",
      transient: false,
    });
  });
});
