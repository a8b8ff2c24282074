import assert from "node:assert/strict";
import fc from "fast-check";
import { parse, parseDocument, visit } from "yaml";
import { endsGuest, examineUserData } from "../../../provider/core/user-data/examine.ts";
import { meaningOf, sameUserData } from "../../../provider/core/user-data/meaning.ts";
import { writeAsFirstVersion, writeCloudConfig } from "../../../provider/core/user-data/write.ts";

/** User-data as Multipass rewrites it: without quotes and comments, but with tags. */
function throughMultipass(text: string): string {
  const document = parseDocument(text, { schema: "failsafe", version: "1.1" });
  assert.deepEqual(document.errors, []);
  visit(document, {
    Scalar(_, node) {
      node.type = "PLAIN";
    },
  });
  return document.toString({ lineWidth: 0 });
}

/** cloud-init's parser: YAML 1.1, which has a type of its own for `=`. */
const inGuest = (text: string) =>
  parse(throughMultipass(text), {
    version: "1.1",
    customTags: [
      { tag: "tag:yaml.org,2002:value", default: true, test: /^=$/, resolve: () => Symbol("value") },
      "timestamp",
      "merge",
    ],
  });

/** As a key, this library takes `<<` for a merge whatever its tag; cloud-init's parser does not. */
const isNoMerge = (key: string) => key !== "<<";

/** Strings that YAML 1.1 reads as other types when unquoted. */
const TRICKY = [
  ...["off", "on", "yes", "No", "y", "N", "true", "FALSE", "~", "null", "", "=", "<<"],
  ...["2032-09-01", "2001-12-14 21:59:43.10 -5", "1:30", "190:20:30.15", "0755", "0o17", "0x1F", "0b1010"],
  ...["1_000", "-1", "+12", "1.5", "1e3", "6.8523015e+5", ".5", ".inf", "-.INF", ".NaN"],
];

describe("a cloud-config given as an object", () => {
  it("keeps every string a string, in keys and values at any depth", () => {
    const object = {
      ...Object.fromEntries(TRICKY.filter(isNoMerge).map((text) => [text, text])),
      runcmd: [TRICKY, "echo: [x] # no comment", "a\nb\n", " é "],
    };
    assert.deepEqual(inGuest(writeCloudConfig(object)), object);
  });

  it("arrives unchanged, whatever it contains", () => {
    const word = fc.oneof(
      fc.constantFrom(...TRICKY),
      fc.string({ unit: fc.constantFrom(..."0123456789+-._:eExo=~<# ") }),
    );
    const value = fc.oneof(word, fc.boolean(), fc.integer(), fc.double({ noNaN: true }), fc.constant(null));
    const config = fc.dictionary(word.filter(isNoMerge), fc.oneof(value, fc.array(value)), {
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(config, (object) => {
        // YAML 1.1 has only one zero.
        const expected = JSON.parse(JSON.stringify(object), (_, one) => (Object.is(one, -0) ? 0 : one));
        const finite = JSON.parse(JSON.stringify(object));
        assert.deepEqual(inGuest(writeCloudConfig(finite)), expected);
      }),
      { numRuns: 300 },
    );
  });

  it("is written as before if nothing is ambiguous, and passes the check without a warning", () => {
    const object = {
      packages: ["git"],
      write_files: [{ path: "/etc/x", content: "a: b\n" }],
      hostname: "web",
    };
    assert.equal(writeCloudConfig(object), writeAsFirstVersion(object));
    const ambiguous = { runcmd: ["true", ["echo", "off"]], password: "off", bootcmd: [] };
    for (const one of [object, ambiguous]) {
      const { refusals, warnings } = examineUserData(writeCloudConfig(one), false);
      assert.deepEqual([refusals, warnings], [[], []]);
    }
  });
});

describe("the meaning of user-data", () => {
  const document =
    "#cloud-config\npackages: [git, curl]\nwrite_files:\n- path: /etc/x\n  content: |\n    a\n    b\n";
  const same: [what: string, text: string][] = [
    ["a comment", `# of mine\n${document}# and more\n`],
    ["the line endings", document.replaceAll("\n", "\r\n")],
    ["a byte order mark", `\ufeff${document}`],
    ["the header", document.slice(document.indexOf("\n") + 1)],
    ["the form of a collection", document.replace("[git, curl]", "\n  - git\n  - curl")],
    [
      "the indentation",
      document
        .replaceAll("\n- path", "\n    - path")
        .replaceAll("\n  content", "\n      content")
        .replaceAll("\n    a\n    b", "\n         a\n         b"),
    ],
    ["the style of a scalar", document.replace("|\n    a\n    b\n", '"a\\nb\\n"\n')],
    ["quotes, which Multipass drops", document.replace("git", "'git'")],
    [
      "the order of keys",
      "write_files:\n- content: |\n    a\n    b\n  path: /etc/x\npackages: [git, curl]\n",
    ],
    ["an anchor", document.replace("[git, curl]", "[&g git, curl]")],
    ["tabs in a flow collection", document.replace("[git, curl]", "[\n\tgit,\n\tcurl\n\t]")],
  ];
  for (const [what, text] of same) {
    it(`does not change with ${what}`, () => assert.ok(sameUserData(document, text)));
  }

  const different: [a: string, b: string][] = [
    ["a: [x, y]", "a: [y, x]"],
    ["a: off", "a: !!str off"],
    ["a: 1", "a: 1.0"],
    ["a: ''", "a:"],
    ["a: [x]", "a: x"],
    ["a: 1", "a: 1\na: 2"],
    ["a: 1\na: 2", "a: 2\na: 1"],
    ["a: {b: c}", "a: [b, c]"],
    ["a: 1", ""],
    ["a: [1", "a: [2"],
  ];
  for (const [a, b] of different) {
    it(`differs between ${JSON.stringify(a)} and ${JSON.stringify(b)}`, () => assert.ok(!sameUserData(a, b)));
  }

  it("is empty if the guest gets nothing", () => {
    for (const text of ["", "#cloud-config\n", "# only\n---\n", "~"])
      assert.equal(meaningOf(text), undefined, text);
    assert.ok(sameUserData(undefined, ""));
  });

  it("takes time proportional to the length of the text, however often its anchors are used", () => {
    const levels = Array.from({ length: 200 }, (_, at) => `a${at + 1}: &a${at + 1} [*a${at}, *a${at}]\n`);
    assert.match(meaningOf(`a0: &a0 [x]\n${levels.join("")}`) ?? "", /^[0-9a-f]{64}$/);
    assert.match(meaningOf("a: &a [*a]\n") ?? "", /^[0-9a-f]{64}$/);
  });
});

const SECRET = "hunter2";

describe("the check of user-data in advance", () => {
  const refused: [text: string, reason: RegExp][] = [
    ["#!/bin/sh\necho hi\n", /scripts.*runcmd/],
    ["#include\nhttps://example.com/x\n", /format `#include`.*one cloud-config/],
    ["#cloud-boothook\necho hi\n", /`#cloud-boothook`/],
    ["#cloud-config-archive\n- type: text/cloud-config\n", /`#cloud-config-archive`/],
    ["## template: jinja\n#cloud-config\nhostname: '{{ v1.region }}'\n", /Jinja template.*in the program/],
    ["Content-Type: multipart/mixed; boundary=x\nMIME-Version: 1.0\n\n--x\n", /MIME archive.*merge/],
    ["user-data.yaml", /path.*FileAsset/],
    ["./init/user-data", /path.*FileAsset/],
    ["~/lab/user-data", /path.*FileAsset/],
    ["C:\\lab\\user-data.yml", /path.*FileAsset/],
    ["https://example.com/user-data.yaml", /URL.*not fetched/],
    ["some words", /must be cloud-config/],
    ["- a\n- b\n", /must be cloud-config, a YAML mapping/],
    ["a: [1,\n", /not valid YAML \(.*line \d/],
    ["a:\n\t- b\n", /not valid YAML \(.*line 2/],
    ["a: 1\n---\nb: 2\n", /several YAML documents.*Merge/],
    ["a: *nowhere\n", /anchor.*line 1/],
    ["a: &a [*a]\n", /contains itself/],
    ["packages: []\nfqdn: {{ name }}\n", /as a key \(line 2\)/],
    ["? [a]\n: 1\n", /as a key \(line 1\)/],
    ["a: !Ref b\n", /YAML tag/],
    ["a: '='\n", /line 1.*!!str/],
    ["a: b\u0085c\n", /control character/],
    ["runcmd: x\n", /must have a list under `runcmd`/],
    ["bootcmd:\n", /must have a list under `bootcmd`/],
    ["write_files: 17\n", /must have a list under `write_files`/],
    ["runcmd:\n- echo a\n- echo b: c\n", /entry 2 is a mapping.*Quote/],
    ["runcmd:\n- 'true'\n", /entry 1 is not a string.*!!str/],
  ];
  for (const [text, reason] of refused) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      for (const isSecret of [false, true]) {
        const { refusals } = examineUserData(text, isSecret);
        assert.equal(refusals.length, 1, refusals.join("\n"));
        assert.match(refusals[0] ?? "", reason);
      }
    });
  }

  const warned: [text: string, reason: RegExp][] = [
    ["", /^is empty/],
    ["#cloud-config\n# nothing yet\n", /^is empty/],
    ["package: [git]\n", /`package`.*did you mean `packages`\?/],
    ["runcmds: [ls]\n", /`runcmds`.*did you mean `runcmd`\?/],
    ["write-files: []\n", /did you mean `write_files`\?/],
    ["completely_different: 1\n", /`completely_different`.*ignores/],
    ["packages: git\n", /should have a list under `packages`/],
    ["packages:\n", /nothing under `packages`/],
    ["apt: [x]\n", /should have a mapping under `apt`/],
    ["hostname: [web]\n", /should have a single value under `hostname`/],
    ["hostname: a\ntimezone: UTC\nhostname: b\n", /`hostname` twice \(line 3\).*last/],
    ["users:\n- name: a\n  name: b\n", /`name` twice \(line 3\)/],
    [
      "write_files:\n- path: /x\n  content: 'off'\n- path: /y\n  content: \"1_0\"\n",
      /quotes.*lines 3, 5.*!!str/,
    ],
  ];
  for (const [text, warning] of warned) {
    it(`warns about ${JSON.stringify(text)}`, () => {
      const { refusals, warnings } = examineUserData(text, false);
      assert.deepEqual(refusals, []);
      assert.equal(warnings.length, 1, warnings.join("\n"));
      assert.match(warnings[0] ?? "", warning);
    });
  }

  const passed = [
    "#cloud-config\nx: &x {path: /a}\nwrite_files: [*x]\n",
    `packages: &p [git]\nsnap:\n  commands: {${Array.from({ length: 300 }, (_, at) => `c${at}: *p`).join(", ")}}\n`,
    "a: &a {path: /x}\nb: &b {mode: 1}\nwrite_files:\n- <<: *a\n  <<: *b\n",
    "packages: [\n\tgit,\n\tcurl\n\t]\n",
    "packages: [git]\n---\n",
    "packages: [git]\n...\n",
    "%YAML 1.1\n---\npackages: [git]\n",
    "## template: jinja\n#cloud-config\npackages: [git]\n",
    "write_files:\n- path: /x\n  permissions: '0644'\n  content: \"12:30\"\n",
    "mounts:\n- [sdb, /mnt, auto, defaults, '0', '2']\n",
    "ssh_pwauth: 'yes'\nruncmd:\n- [ls, -l]\n- !!str true\n-\nusers: default\nntp:\n",
  ];
  for (const text of passed) {
    it(`accepts ${JSON.stringify(text).slice(0, 80)}`, () => {
      assert.deepEqual(examineUserData(text, false), { refusals: [], warnings: [], rebootsBy: [] });
    });
  }

  it("shows only keys, and of a secret one no key of its own", async () => {
    const printed: string[] = [];
    const listen = ({ message }: Error) => printed.push(message);
    process.on("warning", listen);
    try {
      for (const text of [
        `${SECRET}: [1\n`,
        `? {${SECRET}: 1}\n: ${SECRET}\n`,
        `packages: [!${SECRET} x]\nruncmd: [${SECRET}: x, *${SECRET}]\nwrite_files: ${SECRET}\n`,
        `hostname: '='\nfqdn: ${SECRET}\u0085\n`,
        `${SECRET}.yaml`,
        `https://${SECRET}/`,
        `#include-${SECRET}\n${SECRET}\n`,
        `apt: ${SECRET}\nmounts: {a: ${SECRET}}\nusers: [{plain_text_passwd: '0${SECRET.length}1'}]\n`,
      ]) {
        const { refusals, warnings } = examineUserData(text, false);
        assert.notEqual(refusals.length + warnings.length, 0, text);
        assert.ok(![...refusals, ...warnings].join().includes(SECRET), [...refusals, ...warnings].join("\n"));
        meaningOf(text);
      }
      const own = examineUserData(`${SECRET}: 1\nuser: {${SECRET}: 1, ${SECRET}: 2}\n`, true);
      assert.equal(own.warnings.length, 2);
      assert.ok(!JSON.stringify(own).includes(SECRET));
      // Node.js prints its warnings a moment later.
      await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual(printed, []);
    } finally {
      process.off("warning", listen);
    }
  });

  it("finds commands that shut the guest down during cloud-init", () => {
    const reboots: [text: string, by: string[]][] = [
      ["runcmd: [reboot]\n", ["runcmd"]],
      ["runcmd:\n- [shutdown, -r, now]\nbootcmd:\n- sudo /sbin/reboot -f\n", ["runcmd", "bootcmd"]],
      ["runcmd:\n- [sh, -xc, 'apt-get update && reboot']\n", ["runcmd"]],
      ["runcmd:\n- |\n  set -e\n  if true; then systemctl reboot; fi\n", ["runcmd"]],
      ["package_reboot_if_required: yes\n", ["package_reboot_if_required"]],
      ["package_reboot_if_required: false\n", []],
      [
        "power_state: {mode: reboot}\nruncmd: [echo reboot now, shutdown -c, reboots, [grep, reboot, /x]]\n",
        [],
      ],
    ];
    for (const [text, by] of reboots) assert.deepEqual(examineUserData(text, false).rebootsBy, by, text);
    assert.ok(endsGuest("nohup sudo -n init 6"));
    assert.ok(!endsGuest("systemctl restart reboot-notifier"));
  });
});
