import assert from "node:assert/strict";
import { coreRun } from "../support/core-run.ts";
import { assertTableNames, type Edit, EditedSources, onEditedCopy } from "../support/edited-sources.ts";
import { onSimulatedHost, ownerOf } from "../support/simulated-host.ts";

const MODEL: Edit = [
  "provider/core/note/model.ts",
  undefined,
  `import { COMMON, text } from "../common.ts";
import { type ArgumentsOf, argument } from "../description.ts";

export const NOTE = {
  text: argument(text, { change: "replace", secret: "marked" }),
  ...COMMON,
};
export type NoteInputs = ArgumentsOf<typeof NOTE>;
`,
];
const RESOURCE: Edit = [
  "provider/core/note/resource.ts",
  undefined,
  `import { validate } from "../check.ts";
import { difference } from "../description.ts";
import { DescribedResource } from "../resource.ts";
import { NOTE, type NoteInputs } from "./model.ts";

export const note = new DescribedResource<NoteInputs, NoteInputs>({
  id: ({ text }) => \`note of \${text}\`,
  check: (_olds, news) => validate(NOTE, news),
  diff: (olds, news) => difference(olds, news, NOTE),
  create: async (op, inputs) => {
    await op.multipass.version();
    return inputs;
  },
  update: async (_op, _olds, news) => news,
  import: "Declare it.",
  outcome: () => "noted",
});
`,
];
const DESCRIPTION: Edit[] = [
  ["provider/core/descriptions.ts", "import { RESTORE }", 'import { NOTE } from "./note/model.ts";\n'],
  ["provider/core/descriptions.ts", "  Restore: RESTORE", "  Note: NOTE,\n"],
];
const REGISTRY: Edit[] = [
  ["provider/core/resources.ts", "import { restore }", 'import { note } from "./note/resource.ts";\n'],
  ["provider/core/resources.ts", "  Restore: restore", "  Note: note,\n"],
];
const DYNAMIC: Edit = [
  "provider/doors/dynamic/runtime.ts",
  "export const restore",
  "export const note = dynamicProvider(resources.Note);\n",
];
const CLASS: Edit = [
  "provider/resources/note.ts",
  undefined,
  `import type * as pulumi from "@pulumi/pulumi";
import { type Host, MultipassResource, providerOf } from "./base.ts";
import type { TimeoutArgs } from "./waiting.ts";

/** The arguments of a {@link Note}. */
export interface NoteArgs {
  /** What it says. */
  text: pulumi.Input<string>;
  multipassPath?: pulumi.Input<string>;
  host?: pulumi.Input<Host>;
  timeouts?: pulumi.Input<TimeoutArgs>;
}

const provider = providerOf("note");

/** A note. */
export class Note extends MultipassResource {
  constructor(name: string, args: NoteArgs, opts: pulumi.CustomResourceOptions = {}) {
    super(provider, "Note", name, args, opts);
  }
}
`,
];
const EXPORT: Edit = [
  "provider/index.ts",
  "export type { LastRestore, RestoreArgs }",
  'export type { NoteArgs } from "./resources/note.ts";\nexport { Note } from "./resources/note.ts";\n',
];

const ALL: Edit[] = [MODEL, RESOURCE, ...DESCRIPTION, ...REGISTRY, DYNAMIC, CLASS, EXPORT];

describe("adding a resource [long]", function () {
  this.timeout(300_000);
  const sources = new EditedSources("test/core/public-arguments.ts", "provider/doors/dynamic/runtime.ts");

  it("touches the places that ARCHITECTURE.md names, and nothing else, to compile", () => {
    assertTableNames("add a resource", ALL);
    assert.deepEqual(sources.complaints(...ALL), []);
  });

  for (const [place, left, complaint] of [
    ["core/descriptions.ts", DESCRIPTION, /core\/resources\.ts: .*'Note'/],
    ["core/resources.ts", REGISTRY, /core\/resources\.ts: .*'Note' is missing/],
    ["doors/dynamic/runtime.ts", [DYNAMIC], /resources\/note\.ts: .*"note"/],
    ["index.ts", [EXPORT], /public-arguments\.ts: .*'Note'/],
  ] as const) {
    it(`is refused by the compiler without ${place}`, () => {
      const edits = ALL.filter((one) => !(left as readonly Edit[]).includes(one));
      assert.match(sources.complaints(...edits).join("\n"), complaint);
    });
  }

  it("is checked, compared, created and hidden by the core like any other", () =>
    onEditedCopy(ALL, (load) =>
      onSimulatedHost({ version: "1.16.3" }, async ({ sim }) => {
        const { resources } = await load("provider/core/resources.ts");
        const { redaction } = await load("provider/core/redact.ts");
        const run = coreRun();
        const inputs = { text: "one", owner: ownerOf("note"), multipassPath: sim.bin };
        assert.deepEqual((await resources.Note.check(run, {}, inputs)).failures, []);
        const wrong = await resources.Note.check(run, {}, { ...inputs, text: "" });
        assert.equal(wrong.failures[0].property, "text");
        const { id, outs } = await resources.Note.create(run, inputs);
        assert.equal(id, "note of one");
        assert.deepEqual((await resources.Note.diff(run, id, outs, { ...inputs, text: "two" })).replaces, [
          "text",
        ]);
        assert.equal(redaction({ text: "hush-hush", secrets: ["text"] })("no hush-hush"), "no [text]");
      }),
    ));
});
