import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXIT } from "../../provider/cli/exit-codes.ts";
import { usesColour, wrap } from "../../provider/cli/terminal.ts";
import { command } from "./command.ts";

const COMMANDS = ["doctor", "timeline", "status", "ssh-config", "shell", "plugin", "completion"];

describe("pulumi-multipass", () => {
  it("prints the package's version", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    const { code, stdout } = await command(["--version"]);
    assert.deepEqual([code, stdout], [0, `${version}\n`]);
  });

  it("explains itself and each command, with examples", async () => {
    const { code, stdout } = await command(["--help"]);
    assert.equal(code, 0);
    for (const name of COMMANDS) {
      assert.match(stdout, new RegExp(`^ {2}${name} `, "m"));
      const help = await command([name, "--help"]);
      assert.equal(help.code, 0);
      assert.match(help.stdout, /Examples:/);
    }
    const { stdout: doctor } = await command(["doctor", "--help"]);
    for (const code of Object.values(EXIT)) assert.match(doctor, new RegExp(`^ {2}${code}  \\S`, "m"));
  });

  for (const args of [
    [],
    ["docter"],
    ["doctor", "--jsno"],
    ["doctor", "--wait", "--timeout", "soon"],
    ["doctor", "--fix=all"],
    ["doctor", "--fix", "--force"],
    ["doctor", "--restart-command", "true"],
    ["timeline", "--format", "gif"],
    ["completion", "tcsh"],
  ]) {
    it(`refuses "${args.join(" ")}"`, async () => {
      const { code, stdout, stderr } = await command(args);
      assert.deepEqual([code, stdout], [2, ""]);
      assert.notEqual(stderr, "");
    });
  }

  it("suggests what was probably meant", async () => {
    assert.match((await command(["docter"])).stderr, /Did you mean doctor\?/);
  });

  it("uses colours in a terminal, unless the environment decides otherwise", () => {
    const terminal = { isTTY: true };
    assert.equal(usesColour(terminal, {}), true);
    assert.equal(usesColour({}, {}), false);
    assert.equal(usesColour(terminal, { NO_COLOR: "1" }), false);
    assert.equal(usesColour(terminal, { NO_COLOR: "" }), true);
    assert.equal(usesColour(terminal, { TERM: "dumb" }), false);
    assert.equal(usesColour({}, { FORCE_COLOR: "1", NO_COLOR: "1" }), true);
    assert.equal(usesColour(terminal, { FORCE_COLOR: "0" }), false);
  });

  it("breaks lines at spaces", () => {
    assert.deepEqual(wrap("one two three", 7), ["one two", "three"]);
    assert.deepEqual(wrap("a https://example.com/long b", 8), ["a", "https://example.com/long", "b"]);
    assert.deepEqual(wrap("one\ntwo", 20), ["one", "two"]);
  });
});

/** What each shell completes, asked in the shell itself. */
describe("pulumi-multipass completion", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "multipass-completion-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function script(shell: string): Promise<string> {
    const { code, stdout, stderr } = await command(["completion", shell]);
    assert.equal(code, 0, stderr);
    const file = join(folder, `_${shell}`);
    writeFileSync(file, stdout);
    return file;
  }

  function inShell(context: Mocha.Context, shell: string, args: string[]): string {
    const { error, stdout, stderr, status } = spawnSync(shell, args, { encoding: "utf8" });
    if (error) {
      console.warn(`        (${shell} is not installed: its completion is NOT tested here)`);
      context.skip();
    }
    assert.equal(status, 0, stderr);
    assert.equal(stderr, "");
    return stdout;
  }

  it("bash", async function () {
    const file = await script("bash");
    const complete = (...words: string[]) => {
      const line = ["pulumi-multipass", ...words].map((word) => `'${word}'`).join(" ");
      const code = `source '${file}'; COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _pulumi_multipass; printf '%s\\n' "\${COMPREPLY[@]}"`;
      return inShell(this, "bash", ["--norc", "-c", code]).trim().split("\n");
    };
    assert.deepEqual(complete("d"), ["doctor"]);
    assert.ok(COMMANDS.every((name) => complete("").includes(name)));
    assert.deepEqual(complete("doctor", "--js"), ["--json"]);
    assert.deepEqual(complete("timeline", "--format", "h"), ["html"]);
    assert.deepEqual(complete("timeline", "-f", "o"), ["otlp"]);
    assert.deepEqual(complete("completion", "z"), ["zsh"]);
  });

  it("fish", async function () {
    const file = await script("fish");
    const complete = (line: string) =>
      inShell(this, "fish", ["--no-config", "-c", `source '${file}'; complete -C '${line}'`])
        .trim()
        .split("\n")
        .map((one) => one.split("\t")[0]);
    assert.deepEqual(complete("pulumi-multipass d"), ["doctor"]);
    assert.deepEqual(complete("pulumi-multipass doctor --js"), ["--json"]);
    assert.deepEqual(complete("pulumi-multipass timeline --format h"), ["html"]);
    assert.deepEqual(complete("pulumi-multipass completion z"), ["zsh"]);
  });

  it("zsh", async function () {
    const file = await script("zsh");
    assert.equal(inShell(this, "zsh", ["-f", "-n", file]), "");
    // What zsh offers can be seen only in a terminal of its own.
    const typed = `
      zmodload zsh/zpty
      zpty -b shell zsh -f -i
      zpty -w shell 'unsetopt zle_bracketed_paste; PS1="> "; autoload -Uz compinit; compinit -D -u; source ${file}; LISTMAX=0; clear'
      sleep 1
      zpty -n -w shell $'pulumi-multipass timeline --format h\\tpulumi\\n'
      sleep 1
      while zpty -r -t shell line; do print -r -- $line; done
      zpty -d shell
    `;
    const { stdout } = spawnSync("zsh", ["-f", "-c", typed], { encoding: "utf8", timeout: 20_000 });
    assert.match(stdout, /timeline --format html/);
  });
});
