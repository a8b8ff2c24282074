import assert from "node:assert/strict";
import { FAILURE_RULES } from "../../provider/driver/failure-rules.ts";
import { assertTableNames, type Edit, onEditedCopy } from "../support/edited-sources.ts";
import { KNOWN_FAILURES } from "./known-failures.ts";

const SAID = "start failed: the hamster has left its wheel";
const ROW: Edit = [
  "provider/driver/failure-rules.ts",
  "  // The snap refuses to start its client.",
  '  transient("hypervisor", /hamster has left/, "Feed it."),\n',
];
const EXAMPLE: Edit = [
  "test/driver/known-failures.ts",
  '  {\n    kind: "daemon-unreachable",\n    transient: true,\n    said: ["list failed: cannot connect to the multipass socket"],',
  `  { kind: "hypervisor", transient: true, said: ["${SAID}"] },\n`,
];

describe("teaching it an error text", () => {
  it("touches the two files that ARCHITECTURE.md names; the error then has its kind and remedy", () =>
    onEditedCopy([ROW, EXAMPLE], async (load) => {
      assertTableNames("teach it a new error text", [ROW, EXAMPLE]);
      const { classify } = await load("provider/driver/classify.ts");
      const { KNOWN_FAILURES: examples } = await load("test/driver/known-failures.ts");
      const [{ kind, transient, said }] = examples;
      assert.deepEqual(said, [SAID]);
      const error = classify({ command: "start", exitCode: 2, stdout: "", stderr: `${SAID}\n` });
      assert.deepEqual([error.kind, error.transient], [kind, transient]);
      assert.match(error.message, /the hamster has left its wheel\nFeed it\.$/);
    }));

  it("needs an example for every text", () => {
    const examples = KNOWN_FAILURES.flatMap(({ said }) =>
      said.map((text) => text.replace(/^[a-z-]+ failed: /, "")),
    );
    const decisive = new Set(examples.map((text) => FAILURE_RULES.find(({ pattern }) => pattern.test(text))));
    assert.deepEqual(
      FAILURE_RULES.filter((rule) => !decisive.has(rule)).map(({ pattern }) => pattern.source),
      [],
    );
  });
});
