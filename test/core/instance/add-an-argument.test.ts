import assert from "node:assert/strict";
import { fingerprint } from "../../../provider/core/instance/ownership.ts";
import { type Edit, EditedSources, onEditedCopy } from "../../support/edited-sources.ts";

const MODEL = "provider/core/instance/model.ts";
const PUBLIC = "provider/resources/instance.ts";
const PROOF = "test/core/public-arguments.ts";

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

describe("adding an argument to Instance [long]", function () {
  this.timeout(120_000);

  const sources = new EditedSources(PROOF, "provider/doors/dynamic/runtime.ts");
  const complaints = (...edits: Edit[]) => sources.complaints(...edits);

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
    await onEditedCopy([described()], async (load) => {
      const { INSTANCE } = await load("provider/core/instance/model.ts");
      const { checkInstance } = await load("provider/core/instance/check.ts");
      const { changesBetween } = await load("provider/core/instance/changes.ts");
      const copied = await load("provider/core/instance/ownership.ts");
      const { launchCommand } = await load("provider/driver/launch-arguments.ts");
      const { redaction } = await load("provider/core/redact.ts");

      const plain = { name: "web", owner: "urn" };
      const inputs = { ...plain, gpu: "card-one" };
      assert.deepEqual(checkInstance({}, inputs).failures, []);
      assert.match(checkInstance({}, { ...inputs, gpu: 1 }).failures[0].property, /^gpu$/);
      assert.deepEqual(changesBetween({ ...plain, ready: true, state: "Running" }, inputs), {
        gpu: "replace",
      });
      assert.match(launchCommand(INSTANCE, inputs, 1).args.join(" "), /--gpu card-one/);
      assert.notEqual(copied.fingerprint(inputs), copied.fingerprint(plain));
      assert.equal(
        copied.fingerprint(plain),
        fingerprint(plain),
        "a create that was begun before is not known again",
      );
      assert.equal(redaction({ ...inputs, secrets: ["gpu"] })("no card-one here"), "no [gpu] here");
    });
  });
});
