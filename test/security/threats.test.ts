/** What SECURITY.md says of each threat, tried. Threats that have tests elsewhere are named there. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { checkCommand } from "../../provider/lifecycle/command/check.ts";
import { checkFile } from "../../provider/lifecycle/file/check.ts";
import { tar } from "../../provider/lifecycle/file/tar.ts";
import { checkInstance } from "../../provider/lifecycle/instance/check.ts";
import { Driver } from "../../provider/multipass/driver.ts";
import { guestInvocation, quote } from "../../provider/multipass/guest-command.ts";
import { infoSchema, listSchema, parseJson, versionSchema } from "../../provider/multipass/schema.ts";
import { Journal } from "../../provider/readiness/journal.ts";

/** Texts that mean something to a shell, to `multipass`, or to a file system. */
const HOSTILE = [
  "; touch pwned",
  "$(touch pwned)",
  "`touch pwned`",
  "a\ntouch pwned",
  "--all",
  "-p",
  "..",
  "../../etc/passwd",
  "a/b",
  "a b",
  "'; touch pwned; '",
  "%2e%2e",
  "a\0b",
];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "multipass-security-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A client that writes down each of its arguments, one a line, and answers with what it is given. */
function recorder(answer = "{}"): { client: string; args: () => string[] } {
  const client = join(folder, "multipass");
  writeFileSync(join(folder, "answer"), answer);
  writeFileSync(
    client,
    `#!/bin/sh\nfor a in "$@"; do printf '%s\\n' "$a" >> '${folder}/args'; done\ncat '${folder}/answer'\n`,
  );
  chmodSync(client, 0o755);
  return { client, args: () => readFileSync(join(folder, "args"), "utf8").trimEnd().split("\n") };
}

describe("threat: words that a shell or Multipass would take for more", () => {
  for (const name of HOSTILE) {
    it(`${JSON.stringify(name)} is no name of an instance`, () => {
      const { failures } = checkInstance({}, { name, owner: "urn" });
      assert.deepEqual(
        failures.map(({ property }) => property),
        ["name"],
      );
    });
  }

  it("an image is no option", () => {
    assert.equal(checkInstance({}, { image: "--cloud-init=/etc/shadow", owner: "urn" }).failures.length, 1);
  });

  it("no shell of the host ever sees an argument", async () => {
    const { client, args } = recorder();
    await new Driver(client).stop("$(touch pwned)", false).catch(() => undefined);
    assert.ok(args().includes("$(touch pwned)"), args().join(" "));
    assert.ok(!existsSync("pwned"));
  });

  it("a word that is quoted for the guest's shell comes out as it went in", () => {
    const check = (words: string[]) => {
      const script = words.map((word) => `printf '%s\\0' ${quote(word)}`).join("\n");
      const said = execFileSync("sh", { input: script, cwd: folder, encoding: "utf8" });
      assert.deepEqual(said.split("\0").slice(0, -1), words);
    };
    check(HOSTILE.filter((word) => !word.includes("\0")));
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ unit: "grapheme" }).map((s) => s.replaceAll("\0", "")),
          { minLength: 1 },
        ),
        check,
      ),
      { numRuns: 30 },
    );
    assert.ok(!existsSync(join(folder, "pwned")));
  });

  it("a whole command is run in the guest word by word, and none of it is in an argument", () => {
    const { args, input } = guestInvocation({
      command: ["printf", "%s", "$(touch pwned)"],
      environment: { SECRET: "'; touch pwned; '" },
      workingDirectory: "/tmp/'; touch pwned; '",
    });
    assert.doesNotMatch(args.join(" "), /pwned/);
    assert.throws(() =>
      execFileSync(args[0] as string, args.slice(1), { input, cwd: folder, stdio: "pipe" }),
    );
    assert.ok(!existsSync(join(folder, "pwned")));
  });

  it("a variable of a command is a name, not a piece of a script", () => {
    for (const name of HOSTILE) {
      const { failures } = checkCommand({
        owner: "urn",
        instance: "web",
        create: ["true"],
        environment: { [name]: "x" },
      });
      assert.equal(failures.length, 1, name);
    }
  });
});

describe("threat: paths that lead elsewhere", () => {
  it("a mount cannot be put over the guest's system by a way round", () => {
    for (const target of [
      "/",
      "/home/ubuntu/../..",
      "/proc/../proc/1",
      "/srv/../sys",
      "../../dev",
      "/home/./ubuntu",
    ]) {
      const { failures } = checkInstance({}, { mounts: [{ source: folder, target }], owner: "urn" });
      assert.equal(failures.length, 1, target);
    }
  });

  it("a file cannot be the guest's root, nor have a name of two lines", () => {
    for (const path of ["/", "/srv/..", "../..", "/etc/a\nb"]) {
      assert.equal(checkFile({ owner: "urn", instance: "web", path, content: "" }).failures.length, 1, path);
    }
  });

  it("an owner or a mode of a file is no piece of a script", () => {
    for (const user of HOSTILE) {
      // Two dots are letters of no account.
      assert.equal(
        checkFile({ owner: "urn", instance: "web", path: "a", content: "", user }).failures.length,
        1,
        user,
      );
    }
    for (const mode of ["0644; touch pwned", "u+s", "99"]) {
      assert.equal(
        checkFile({ owner: "urn", instance: "web", path: "a", content: "", mode }).failures.length,
        1,
        mode,
      );
    }
  });

  it("an archive that is sent holds files and nothing else: no link, no device, no owner", () => {
    const archive = tar([{ path: "a", mode: 0o644, content: Buffer.from("x") }]);
    assert.equal(String.fromCharCode(archive[156] as number), "0");
    assert.equal(archive.toString("latin1", 157, 257).replaceAll("\0", ""), "");
  });

  it("the journal keeps to its folder, whatever a name is", async () => {
    const journal = new Journal("client", process, folder);
    for (const name of HOSTILE.filter((one) => !one.includes("\0"))) {
      await journal.write({ version: 1, owner: "urn", name, fingerprint: "", phase: "launching", since: "" });
      assert.equal((await journal.read(name))?.name, name);
    }
    assert.deepEqual(
      (await journal.ofOwner("urn")).map(({ name }) => name).sort(),
      HOSTILE.filter((one) => !one.includes("\0")).sort(),
    );
    assert.ok(!existsSync(join(folder, "..", "etc")));
  });
});

describe("threat: other users of the host", () => {
  it("cannot read the journal", async function () {
    if (process.platform === "win32") this.skip();
    const journal = new Journal("client", process, folder);
    const before = process.umask(0);
    try {
      await journal.write({
        version: 1,
        owner: "urn",
        name: "web",
        fingerprint: "",
        phase: "launching",
        since: "",
      });
    } finally {
      process.umask(before);
    }
    assert.equal(statSync(journal.folder).mode & 0o777, 0o700);
    assert.equal(statSync(join(journal.folder, "web.json")).mode & 0o777, 0o600);
  });
});

describe("threat: a client that answers with hostile JSON", () => {
  const answers: Record<string, string> = {
    "a prototype": '{"__proto__": {"polluted": true}, "list": [{"__proto__": {"polluted": true}}]}',
    "a constructor": '{"constructor": {"prototype": {"polluted": true}}}',
    nothing: "",
    "a list in place of an object": "[]",
    null: "null",
    "a number in place of a text":
      '{"list": [{"name": 1, "state": 2, "ipv4": 3}], "info": {"a": 1}, "multipass": 1}',
    "a depth that no one means": `${"[".repeat(100_000)}${"]".repeat(100_000)}`,
    "half an answer": '{"list": [{"name": "we',
  };
  for (const [what, text] of Object.entries(answers)) {
    it(`${what} becomes an error or is left out, and changes nothing of this process`, () => {
      for (const schema of [listSchema, infoSchema, versionSchema]) {
        try {
          parseJson(schema, text, "list");
        } catch (error) {
          assert.equal((error as { kind?: string }).kind, "bad-output");
          // The text can be long, and the terminal is no place for it.
          assert.ok((error as Error).message.length < 2000);
        }
      }
      assert.equal(({} as { polluted?: boolean }).polluted, undefined);
    });
  }

  it("an instance called __proto__ is an instance", () => {
    const info = '{"errors": [], "info": {"__proto__": {"state": "Running"}}}';
    try {
      parseJson(infoSchema, info, "info");
    } catch (error) {
      assert.equal((error as { kind?: string }).kind, "bad-output");
    }
    assert.equal(({} as { state?: string }).state, undefined);
  });

  it("words that steer a terminal do not reach it from an error of Multipass", async () => {
    const { client } = recorder();
    writeFileSync(client, `#!/bin/sh\nprintf 'stop failed: \\033[2Jgone\\n' >&2\nexit 2\n`);
    await assert.rejects(new Driver(client).stop("web", false), (error: Error) => {
      assert.ok(!error.message.includes("\u001b"));
      return true;
    });
  });
});
