import assert from "node:assert/strict";
import { assertTableNames, type Edit, EditedSources, onEditedCopy } from "../../support/edited-sources.ts";

const DOCUMENTED: Edit = [
  "provider/resources/waiting.ts",
  "  /** A command in the guest that must exit with 0.",
  "  /** A file in the guest that must exist. */\n  file?: pulumi.Input<string>;\n",
];
const SCHEMA: Edit = [
  "provider/core/instance/waiting.ts",
  "  command: v.optional(",
  "  file: v.optional(text),\n",
];
const CHECK: Edit = [
  "provider/core/instance/requirements.ts",
  "  command: (op, name, command) => ({",
  `  file: (op, name, path) => ({
    description: \`the file \${path}\`,
    hint: "Create it.",
    async probe(timeoutMs) {
      const { exitCode } = await op.multipass.driver.exec(name, ["test", "-e", path], { timeoutMs, signal: op.signal });
      if (exitCode === 0) return [];
      throw notYet("it does not exist");
    },
  }),
`,
];

describe("adding a kind of readiness check [long]", function () {
  this.timeout(120_000);
  const sources = new EditedSources("test/core/public-arguments.ts", "provider/doors/dynamic/runtime.ts");

  it("touches the places that ARCHITECTURE.md names, and then compiles", () => {
    assertTableNames("add a kind of readiness check", [DOCUMENTED, SCHEMA, CHECK]);
    assert.deepEqual(sources.complaints(DOCUMENTED, SCHEMA, CHECK), []);
  });

  it("is refused by the compiler without the check itself", () => {
    assert.match(
      sources.complaints(DOCUMENTED, SCHEMA).join("\n"),
      /requirements\.ts: .*Property 'file' is missing/,
    );
  });

  it("is refused by the compiler without its schema", () => {
    assert.match(sources.complaints(DOCUMENTED, CHECK).join("\n"), /requirements\.ts: .*'file'/);
  });

  it("is one of the kinds of which a check has exactly one", () =>
    onEditedCopy([SCHEMA, CHECK], async (load) => {
      const { checkInstance } = await load("provider/core/instance/check.ts");
      const failures = (check: object) =>
        checkInstance({}, { name: "web", owner: "urn", readiness: { checks: [check] } }).failures;
      assert.deepEqual(failures({ file: "/ready" }), []);
      assert.match(
        failures({ file: "/ready", tcp: { port: 80 } })[0].reason,
        /one of tcp, http, file and command/,
      );
    }));
});
