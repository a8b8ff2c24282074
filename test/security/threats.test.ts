/** What SECURITY.md says of each threat, tried. Threats that have tests elsewhere are named there. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { Archive, Asset } from "../../provider/core/asset.ts";
import { checkCommand } from "../../provider/core/command/resource.ts";
import { checkFile } from "../../provider/core/file/resource.ts";
import { Manifest, tarStream } from "../../provider/core/file/source.ts";
import { filesOf } from "../../provider/core/file/tree.ts";
import { checkInstance } from "../../provider/core/instance/check.ts";
import { Journal } from "../../provider/core/ledger/journal.ts";
import { checkMount } from "../../provider/core/mount/resource.ts";
import { Driver } from "../../provider/driver/driver.ts";
import type { MultipassError } from "../../provider/driver/errors.ts";
import { guestInvocation, quote } from "../../provider/driver/guest-command.ts";
import { infoSchema, listSchema, parseJson, versionSchema } from "../../provider/driver/schema.ts";
import { recorder } from "../support/recorder.ts";

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

describe("threat: text that a shell or Multipass could misread", () => {
  for (const name of HOSTILE) {
    it(`${JSON.stringify(name)} is refused as the name of an instance`, () => {
      const { failures } = checkInstance({}, { name, owner: "urn" });
      assert.deepEqual(
        failures.map(({ property }) => property),
        ["name"],
      );
    });
  }

  it("an image cannot pass for an option", () => {
    assert.equal(checkInstance({}, { image: "--cloud-init=/etc/shadow", owner: "urn" }).failures.length, 1);
  });

  it("a word quoted for the guest's shell arrives unchanged", () => {
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

  it("a command runs in the guest word by word, and none of it appears in an argument", () => {
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

  it("a command's variable cannot smuggle in a script", async () => {
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
  it("a mount cannot reach the guest's system through a detour", () => {
    for (const target of [
      "/",
      "/home/ubuntu/../..",
      "/proc/../proc/1",
      "/srv/../sys",
      "../../dev",
      "/home/./ubuntu",
    ]) {
      const mount = { source: folder, target };
      for (const { failures } of [
        checkInstance({}, { mounts: [mount], owner: "urn" }),
        checkMount({}, { ...mount, instance: "web", owner: "urn" }),
      ]) {
        assert.equal(failures.length, 1, target);
      }
    }
  });

  it("a file cannot be the guest's root or have a line break in its name", async () => {
    for (const path of ["/", "/srv/..", "../..", "/etc/a\nb"]) {
      assert.equal(
        (await checkFile({ owner: "urn", instance: "web", path, content: "" })).failures.length,
        1,
        path,
      );
    }
  });

  it("the owner and mode of a file cannot smuggle in a script", async () => {
    for (const user of HOSTILE) {
      // Two dots are letters of no account.
      assert.equal(
        (await checkFile({ owner: "urn", instance: "web", path: "a", content: "", user })).failures.length,
        1,
        user,
      );
    }
    for (const mode of ["0644; touch pwned", "u+s", "99"]) {
      assert.equal(
        (await checkFile({ owner: "urn", instance: "web", path: "a", content: "", mode })).failures.length,
        1,
        mode,
      );
    }
  });

  it("an archive holds only plain files: no links, devices or owners", async () => {
    const source = new Archive({ assets: { a: new Asset({ text: "x" }) } });
    const inputs = { instance: "web", path: "/srv", owner: "urn", source };
    const archive = await buffer(tarStream(filesOf(inputs), new Manifest(inputs)));
    assert.equal(String.fromCharCode(archive[156] as number), "0");
    assert.equal(archive.toString("latin1", 157, 257).replaceAll("\0", ""), "");
  });

  it("the journal stays in its folder, whatever the name", async () => {
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
  const SCHEMAS = { list: listSchema, info: infoSchema, multipass: versionSchema };
  type Key = keyof typeof SCHEMAS;
  const lacking = (key: Key) => `${key}: Invalid key: Expected "${key}" but received undefined`;
  const nowhere = () => "the document: Invalid type: Expected Object but received null";
  const noJson = () => /^not JSON \(Unexpected end|^not JSON \(Unterminated string/;

  /** What is printed, and why it is no answer to any of the questions. */
  const ANSWERS: Record<string, [text: string, reason: (key: Key) => string | RegExp]> = {
    "a prototype": [
      '{"__proto__": {"polluted": true}, "list": [{"__proto__": {"polluted": true}}]}',
      (key) =>
        key === "list" ? 'list.0.name: Invalid key: Expected "name" but received undefined' : lacking(key),
    ],
    "a constructor": ['{"constructor": {"prototype": {"polluted": true}}}', lacking],
    nothing: ["", noJson],
    "a list in place of an object": ["[]", lacking],
    null: ["null", nowhere],
    "a number in place of a text": [
      '{"list": [{"name": 1, "state": 2, "ipv4": 3}], "info": {"a": 1}, "multipass": 1}',
      (key) =>
        ({
          list: "list.0.name: Invalid type: Expected string but received 1",
          info: "info.a: Invalid type: Expected Object but received 1",
          multipass: "multipass: Invalid type: Expected string but received 1",
        })[key],
    ],
    "a depth that no one means": [`${"[".repeat(100_000)}${"]".repeat(100_000)}`, lacking],
    "half an answer": ['{"list": [{"name": "we', noJson],
  };
  for (const [what, [text, reason]] of Object.entries(ANSWERS)) {
    it(`${what} is refused as an answer, and changes nothing in this process`, () => {
      for (const key of Object.keys(SCHEMAS) as Key[]) {
        assert.throws(
          () => parseJson(SCHEMAS[key], text, "list"),
          ({ kind, details = "", message }: MultipassError) => {
            assert.equal(kind, "bad-output");
            const expected = reason(key);
            if (expected instanceof RegExp) assert.match(details, expected);
            else assert.equal(details.slice(0, expected.length + 1), `${expected};`);
            // The text can be long, and the terminal is no place for it.
            assert.ok(message.length < 2000);
            return true;
          },
        );
      }
      assert.equal(({} as { polluted?: boolean }).polluted, undefined);
    });
  }

  it("a prototype in the answer is dropped", () => {
    const answer = parseJson(
      versionSchema,
      '{"multipass": "1.17.0", "__proto__": {"polluted": true}}',
      "list",
    );
    assert.deepEqual(answer, { multipass: "1.17.0" });
    assert.equal((answer as { polluted?: boolean }).polluted, undefined);
  });

  it("an instance called __proto__, which Multipass would never make, is dropped", () => {
    const answer = parseJson(infoSchema, '{"info": {"__proto__": {"state": "Running"}}}', "info");
    assert.deepEqual(Object.getOwnPropertyNames(answer.info), []);
    assert.equal(Object.getPrototypeOf(answer.info), Object.prototype);
    assert.equal(({} as { state?: string }).state, undefined);
  });

  it("control sequences in an error of Multipass never reach the terminal", async () => {
    const { client } = recorder(folder);
    writeFileSync(client, `#!/bin/sh\nprintf 'stop failed: \\033[2Jgone\\n' >&2\nexit 2\n`);
    await assert.rejects(new Driver(client).stop("web", false), (error: Error) => {
      assert.ok(!error.message.includes("\u001b"));
      return true;
    });
  });
});
