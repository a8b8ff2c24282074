/** What SECURITY.md says of other hosts, tried over each way to reach them. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Driver } from "../../provider/driver/driver.ts";
import { callClient, runClient } from "../../provider/driver/run.ts";
import { controlFolder } from "../../provider/driver/transport/control-folder.ts";
import { SshHost } from "../../provider/driver/transport/ssh.ts";
import { oneHost, THE_HOST, WAYS } from "../support/ssh-hosts.ts";
import { until } from "../support/until.ts";

const LIST = { args: ["list"], timeoutMs: 60_000 };

/** Texts that a shell of the host could run, or take for an option. */
const HOSTILE = [
  `x; touch "$HOME/owned"`,
  `$(touch "$HOME/owned")`,
  '`touch "$HOME/owned"`',
  `x'; touch "$HOME/owned"; '`,
  `x\ntouch "$HOME/owned"\n`,
  `x\\ntouch "$HOME/owned"`,
  `-c 'touch "$HOME/owned"'`,
  `x" && touch "$HOME/owned" && "`,
  "%s%n\\0101",
];

for (const way of WAYS) {
  describe(`another host, over ${way}${way === "a real sshd" ? " [long]" : ""}`, () => {
    const lab = oneHost(way);
    const driver = (client = "multipass", env = {}) => new Driver(client, env, new SshHost(THE_HOST));
    const owned = () => existsSync(join(lab.home(), "owned"));

    it("cannot be made to run a part of the client's path", async () => {
      for (const path of HOSTILE) {
        await assert.rejects(driver(path).list(), { kind: "client-missing" }, path);
        assert.ok(!owned(), path);
      }
    });

    it("cannot be made to run a part of an argument, of stdin or of a variable", async () => {
      lab.put("multipass", `printf '%s\\0' "$MULTIPASS_SERVER_ADDRESS" "$@"; cat`);
      for (const text of HOSTILE) {
        const client = driver("multipass", { MULTIPASS_SERVER_ADDRESS: text });
        const { stdout } = await runClient(client, { args: ["exec", text], input: text, timeoutMs: 60_000 });
        assert.deepEqual(stdout.split("\0"), [text, "exec", text, text]);
        assert.ok(!owned(), text);
      }
    });

    it("cannot pass its login shell's words for an answer", async () => {
      lab.put("multipass", "echo '{\"list\": []}'");
      const honest = readFileSync(lab.session(), "utf8");
      const fake = "pm-000000000000000000000000";
      const words = `printf '${fake}\\n{"list": [{}]}\\n\\n${fake} ended 1\\n\\033]0;owned\\007'`;
      writeFileSync(lab.session(), honest.replace("\n", `\n${words}; ${words} >&2\n`));
      try {
        assert.deepEqual(await driver().list(), []);
      } finally {
        writeFileSync(lab.session(), honest);
      }
    });

    it("cannot pass its client's words for the end of a command", async () => {
      lab.put("multipass", `printf 'pm-000000000000000000000000 ended 0\\n' >&2; exit 3`);
      assert.equal((await runClient(driver(), LIST)).exitCode, 3);
    });

    it("cannot send anything that a terminal would obey", async () => {
      lab.put(
        "multipass",
        `printf 'failed: \\033]0;owned\\007\\033[2J badly\\302\\233\\342\\200\\256\\n' >&2; exit 2`,
      );
      await assert.rejects(callClient(driver(), LIST), ({ message }: Error) => {
        assert.match(message, /badly/);
        assert.doesNotMatch(message, /[^\P{Cc}\n]|\p{Bidi_Control}/u);
        return true;
      });
    });

    for (const [what, answer] of [
      ["no JSON", "<html>"],
      ["another shape", '{"list": {"__proto__": {"polluted": 1}}}'],
      ["a name that is a path", '{"list": [{"name": "../../etc/passwd", "state": 1}]}'],
    ] as const)
      it(`cannot harm this process with ${what}`, async () => {
        lab.put("multipass", `cat <<'END'\n${answer}\nEND`);
        await assert.rejects(driver().list(), { kind: "bad-output" });
        assert.equal("polluted" in {}, false);
      });

    it("cannot fill the memory of this process, and ends what it printed for nobody", async () => {
      lab.put("multipass", `echo $$ >"$HOME/endless"; exec yes "$(printf %4096s)"`);
      await assert.rejects(callClient(driver(), LIST), { kind: "bad-output" });
      const pid = readFileSync(join(lab.home(), "endless"), "utf8").trim();
      await until(() => spawnSync("kill", ["-0", pid]).status !== 0);
    });
  });
}

describe("the connection that calls share", () => {
  const lab = oneHost("a real sshd");

  it("is a socket that other users of this computer cannot reach", async () => {
    lab.put("multipass", "echo '{\"list\": []}'");
    await new Driver("multipass", {}, new SshHost(THE_HOST)).list();
    const folder = controlFolder();
    assert.equal(lstatSync(folder).mode & 0o777, 0o700);
    const sockets = readdirSync(folder).filter((name) => lstatSync(join(folder, name)).isSocket());
    assert.ok(sockets.length > 0);
    for (const name of sockets) assert.equal(lstatSync(join(folder, name)).mode & 0o077, 0, name);
    if (process.getuid?.() !== 0) return;
    for (const name of [".", ...sockets])
      assert.throws(() =>
        execFileSync("ls", [join(folder, name)], { uid: 65534, gid: 65534, stdio: "ignore" }),
      );
  });
});
