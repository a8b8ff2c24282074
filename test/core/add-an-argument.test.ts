import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import { fingerprint } from "../../provider/core/instance/ownership.ts";

const repository = join(import.meta.dirname, "../..");
const MODEL = "provider/core/instance/model.ts";
const PUBLIC = "provider/resources/instance.ts";
const PROOF = "test/core/public-arguments.ts";

type Edit = [file: string, before: string, added: string];

const ANSWERS: Record<string, string> = {
  change: '"replace"',
  leftOut: '"drops"',
  launch: 'launchFlag("--gpu")',
  identity: '"named"',
  secret: '"marked"',
};

const documented: Edit = [
  PUBLIC,
  "  /** Availability zone (Multipass 1.17)",
  "  /** A graphics card. */\n  gpu?: pulumi.Input<string>;\n",
];
const described = (answers: Record<string, string> = ANSWERS, type = "text"): Edit => [
  MODEL,
  "  powerState: argument(",
  `  gpu: argument(v.optional(${type}), { ${Object.entries(answers)
    .map(([question, answer]) => `${question}: ${answer}`)
    .join(", ")} }),\n`,
];

const edited = (text: string, edits: readonly Edit[]) =>
  edits.reduce((so, [, before, added]) => {
    assert.equal(so.split(before).length, 2, `"${before}" is not there once`);
    return so.replace(before, () => `${added}${before}`);
  }, text);

describe("adding an argument to Instance", function () {
  this.timeout(120_000);

  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(repository, "tsconfig.json"), ts.sys.readFile).config,
    ts.sys,
    repository,
  );
  const unchanged = new Map<string, ts.SourceFile | undefined>();
  let last: ts.Program | undefined;

  /** The compiler's output for a copy of the code with these edits. */
  function complaints(...edits: Edit[]): string[] {
    const files = new Map<string, string>();
    for (const [file] of edits) {
      const path = join(repository, file);
      files.set(
        path,
        edited(
          readFileSync(path, "utf8"),
          edits.filter(([one]) => one === file),
        ),
      );
    }
    const host = ts.createCompilerHost(options);
    const read = host.getSourceFile.bind(host);
    host.getSourceFile = (path, language) => {
      const text = files.get(path);
      if (text !== undefined) return ts.createSourceFile(path, text, language);
      if (!unchanged.has(path)) unchanged.set(path, read(path, language));
      return unchanged.get(path);
    };
    const roots = [PROOF, "provider/doors/dynamic/runtime.ts"].map((file) => join(repository, file));
    last = ts.createProgram(roots, options, host, last);
    return ts
      .getPreEmitDiagnostics(last)
      .map(({ file, messageText }) =>
        [file?.fileName.slice(repository.length + 1), ts.flattenDiagnosticMessageText(messageText, " ")].join(
          ": ",
        ),
      );
  }

  it("compiles as the code is", () => assert.deepEqual(complaints(), []));

  it("is refused by the compiler where only the public type has it", () => {
    assert.match(complaints(documented).join("\n"), /public-arguments\.ts: .*"gpu"/);
  });

  it("is refused by the compiler where only the lifecycle has it", () => {
    assert.match(complaints(described()).join("\n"), /public-arguments\.ts: .*"gpu"/);
  });

  it("is refused by the compiler where the two types differ", () => {
    assert.match(
      complaints(documented, described(ANSWERS, "positive")).join("\n"),
      /public-arguments\.ts: .*"gpu"/,
    );
  });

  for (const question of Object.keys(ANSWERS)) {
    it(`is refused by the compiler without an answer to "${question}"`, () => {
      const { [question]: _, ...others } = ANSWERS;
      const said = complaints(documented, described(others)).join("\n");
      assert.match(said, new RegExp(`model\\.ts: .*Property '${question}' is missing`));
    });
  }

  it("compiles with every answer, and reaches check, diff, launch, fingerprint and redaction", async () => {
    assert.deepEqual(complaints(documented, described()), []);
    const copy = realpathSync(mkdtempSync(join(tmpdir(), "multipass-argument-")));
    try {
      for (const one of ["node_modules", "package.json"]) symlinkSync(join(repository, one), join(copy, one));
      cpSync(join(repository, "provider"), join(copy, "provider"), { recursive: true });
      const model = join(copy, MODEL);
      writeFileSync(model, edited(readFileSync(model, "utf8"), [described()]));
      const load = (file: string) => import(join(copy, "provider", file));
      const { INSTANCE } = await load("core/instance/model.ts");
      const { checkInstance } = await load("core/instance/check.ts");
      const { diffInstance } = await load("core/instance/diff.ts");
      const copied = await load("core/instance/ownership.ts");
      const { launchCommand } = await load("driver/launch-arguments.ts");
      const { redaction } = await load("core/redact.ts");

      const plain = { name: "web", owner: "urn" };
      const inputs = { ...plain, gpu: "card-one" };
      assert.deepEqual(checkInstance({}, inputs).failures, []);
      assert.match(checkInstance({}, { ...inputs, gpu: 1 }).failures[0].property, /^gpu$/);
      assert.deepEqual(diffInstance({ ...plain, ready: true, state: "Running" }, inputs).replaces, ["gpu"]);
      assert.match(launchCommand(INSTANCE, inputs, 1).args.join(" "), /--gpu card-one/);
      assert.notEqual(copied.fingerprint(inputs), copied.fingerprint(plain));
      assert.equal(
        copied.fingerprint(plain),
        fingerprint(plain),
        "a create that was begun before is not known again",
      );
      assert.equal(redaction({ ...inputs, secrets: ["gpu"] })("no card-one here"), "no [gpu] here");
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  });
});
