import assert from "node:assert/strict";
import { DESCRIPTIONS } from "../../provider/core/descriptions.ts";
import { redaction } from "../../provider/core/redact.ts";

const PEM = "-----BEGIN KEY-----\nfirst line of it\nanother line\n-----END KEY-----\n";

/** An instance whose cloudInit the program has marked as secret. */
const marked = (cloudInit: string, more: Record<string, unknown> = {}) =>
  redaction({ name: "web", cloudInit, secrets: ["cloudInit"], ...more });

describe("the secrecy of an argument", () => {
  it("is the same in all resources that have an argument of that name", () => {
    const answers = new Map<string, string>();
    for (const description of Object.values(DESCRIPTIONS)) {
      for (const [name, { secret }] of Object.entries(description)) {
        assert.equal(answers.get(name) ?? secret, secret, name);
        answers.set(name, secret);
      }
    }
  });
});

describe("redaction of a command's inputs", () => {
  it("names what it removes, prefers the longest match, and keeps short words", () => {
    const hide = redaction({
      environment: { SHORT: "hunter2", LONG: "hunter2hunter2", FLAG: "no", YES: "true" },
    });
    assert.equal(
      hide("pass hunter2hunter2 or hunter2, no: on, true"),
      "pass [LONG] or [SHORT], no: on, true",
    );
  });

  it("leaves no remainder if values overlap", () => {
    const hide = redaction({ environment: { A: "open-door", B: "door-number-7" } });
    assert.equal(hide("<open-door-number-7>"), "<[B]>");
  });

  it("removes each line of stdin, and secret output of another command", () => {
    assert.equal(redaction({ stdin: "first-line\nsecond-line" })("got second-line"), "got [stdin]");
    const state = { stdout: "token-of-a-node", secrets: ["stdout"] };
    assert.equal(redaction({}, state)("refused: token-of-a-node"), "refused: [stdout]");
    assert.equal(redaction({ stdout: "plain-text" })("said plain-text"), "said plain-text");
  });

  it("never names a value after a secret", () => {
    const hide = redaction({ environment: { PASSWORD: "hunter2", WORD: "PASSWORD" } });
    assert.equal(hide("hunter2 is my PASSWORD"), "[PASSWORD] is my [WORD]");
  });
});

describe("redaction of a secret cloudInit", () => {
  const hide = marked(`#cloud-config
# ask Bob-4711
users:
  - name: bob
    passwd: it's "s3cr3t"
  - { name: eve, plain_text_passwd: 12345678 }
write_files:
  - path: /etc/key
    content: |
      ${PEM.replaceAll("\n", "\n      ")}
runcmd:
  - mysql --user=app --password=open-sesame -e 'select 1'
  - [curl, "https://me:swordfish@example.com/?token=tok%20en-77"]
`);

  for (const [what, text, expected] of [
    ["a value", 'passwd it\'s "s3cr3t" refused', "passwd [cloudInit.users[0].passwd] refused"],
    ["a number", "bad value 12345678", "bad value [cloudInit.users[1].plain_text_passwd]"],
    [
      "a line of many",
      "line 2: first line of it is no key",
      "line 2: [cloudInit.write_files[0].content] is no key",
    ],
    ["a word of a command", "Access denied (open-sesame)", "Access denied ([cloudInit.runcmd[0]])"],
    ["a part of a URL", "no user swordfish.", "no user [cloudInit.runcmd[1][1]]."],
    ["a comment", "see Bob-4711", "see [cloudInit]"],
    ["what is said of it in JSON", 'got "it\'s \\"s3cr3t\\""', 'got "[cloudInit.users[0].passwd]"'],
    ["... in a JSON text in JSON", 'it\'s \\\\\\"s3cr3t\\\\\\"', "[cloudInit.users[0].passwd]"],
    ["... in YAML", "'it''s \"s3cr3t\"'", "'[cloudInit.users[0].passwd]'"],
    ["... for a shell", "'it'\\''s \"s3cr3t\"'", "'[cloudInit.users[0].passwd]'"],
  ] as const) {
    it(`removes ${what}`, () => assert.equal(hide(text), expected));
  }

  it("removes encoded values, alone or inside other text", () => {
    const value = 'it\'s "s3cr3t"';
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    for (const before of ["", "x", "xy", "user: "]) {
      const text = `read ${base64(`${before}${value}\n`)} there`;
      assert.equal(hide(text), "read [cloudInit.users[0].passwd] there", text);
    }
    assert.equal(hide(Buffer.from(`a${value}`).toString("base64url")), "[cloudInit.users[0].passwd]");
    assert.equal(hide(Buffer.from(value).toString("hex")), "[cloudInit.users[0].passwd]");
    assert.equal(hide(`?q=${encodeURIComponent(value)}&r`), "?q=[cloudInit.users[0].passwd]&r");
    const wrapped = base64(`${"x".repeat(50)}${value}${"y".repeat(80)}`).replace(/.{76}/g, "$&\n");
    assert.doesNotMatch(hide(wrapped), /^[A-Za-z0-9+/]{20}/m);
  });

  it("removes a text of several lines in Python's notation", () => {
    assert.equal(
      hide(`content: '${PEM.replaceAll("\n", "\\n")}'`),
      "content: '[cloudInit.write_files[0].content]'",
    );
  });

  it("keeps harmless text: keys, short values, the instance's own name, common words", () => {
    const quiet = marked("hostname: web\npackages: [git, nginx]\nlocale: 'no'\nruncmd: [reboot && true]\n");
    const said = 'Instance "web": packages, hostname and git are right, no: true';
    assert.equal(quiet(said), said);
    assert.equal(quiet("nginx"), "[cloudInit.packages[1]]");
  });

  it("also names the place if a key occurs twice", () => {
    assert.equal(marked("a: first-secret\na: second-secret\n")("saw first-secret"), "saw [cloudInit.a]");
  });

  it("also works if it is not YAML", () => {
    assert.equal(marked("a: [1\nkey: abc-def-ghi")("near key: abc-def-ghi"), "near [cloudInit]");
  });
});

describe("redaction of a cloudInit that is not secret", () => {
  it("still removes passwords and keys, and nothing else", () => {
    const hide = redaction({
      cloudInit:
        "#cloud-config\npackages: [nginx]\npassword: hunter2\nchpasswd: {list: 'root:tiger-1', users: [{name: alice, password: wonder-1}]}\nssh_keys: {rsa_private: private-1}\nssh_authorized_keys: [ssh-rsa AAAA]",
    });
    assert.equal(
      hide("no package nginx for alice, ssh-rsa AAAA"),
      "no package nginx for alice, ssh-rsa AAAA",
    );
    for (const secret of ["hunter2", "tiger-1", "wonder-1", "private-1"]) {
      assert.doesNotMatch(hide(`said ${secret}`), new RegExp(secret));
    }
  });
});

describe("redaction of other arguments", () => {
  it("is fast on a long line without an end", () => {
    const hide = redaction({ readiness: { checks: [{ http: { url: "https://joe:pa55word@{ip}/" } }] } });
    const line = "-+".repeat(500_000);
    // A search that restarts at each character would take minutes.
    assert.equal(hide(`${line} pa55word`), `${line} [readiness.checks[0].http.url]`);
  });

  it("does not treat a common word as secret because it occurs in the query of a URL", () => {
    const hide = redaction({ readiness: { checks: [{ http: { url: "http://{ip}/health?check=ready" } }] } });
    assert.equal(hide("a check of the host"), "a check of the host");
  });

  it("removes the user and the query from the URL of a check", () => {
    const hide = redaction({
      readiness: { checks: [{ http: { url: "https://joe:pa55word@{ip}:8443/health?token=abc-123" } }] },
    });
    assert.equal(
      hide("Failed to parse https://joe:pa55word@10.0.0.2:8443/health?token=abc-123"),
      "Failed to parse https://[readiness.checks[0].http.url]@10.0.0.2:8443/health?token=[readiness.checks[0].http.url]",
    );
  });

  it("removes everything else marked as secret, but never the instance's name", () => {
    const hide = redaction({ instance: "web", value: "pass phrase", secrets: ["value", "instance"] });
    assert.equal(hide("web: pass phrase"), "web: [value]");
  });
});
