import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Fixture } from "./fixture.ts";
import { deployers, engineStack } from "./index.ts";

const provider = `{
  create: (inputs: object) => Promise.resolve({ id: "the-id", outs: { ...inputs, answer: 42 } }),
}`;

const body = (types: boolean) => `
class Thing extends pulumi.dynamic.Resource {
  ${types ? "declare readonly answer: pulumi.Output<number>;" : ""}
  constructor(name${types ? ": string" : ""}) {
    super(${types ? provider : provider.replace(": object", "")}, name, { answer: undefined }, {}, "fixture", "Thing");
  }
}
const thing = new Thing("a");
`;

interface Kind {
  name: string;
  type: "module" | "commonjs";
  main: string;
  typescript: boolean;
  text: string;
}

const kinds: Kind[] = [
  {
    name: "TypeScript, ESM, types stripped by Node.js",
    type: "module",
    main: "main: index.ts",
    typescript: false,
    text: `import * as pulumi from "@pulumi/pulumi";${body(true)}export const answer = thing.answer;`,
  },
  {
    name: "TypeScript, CommonJS, compiled by the SDK",
    type: "commonjs",
    main: "",
    typescript: true,
    text: `import * as pulumi from "@pulumi/pulumi";${body(true)}export const answer = thing.answer;`,
  },
  {
    name: "JavaScript, CommonJS, in a folder of its own",
    type: "commonjs",
    main: "main: program",
    typescript: true,
    text: `const pulumi = require("@pulumi/pulumi");${body(false)}exports.answer = thing.answer;`,
  },
];

for (const deployer of deployers()) {
  describe(`programs on the ${deployer.name} [long]`, () => {
    for (const kind of kinds) {
      it(`runs ${kind.name}`, async () => {
        const fixture = await Fixture.open(deployer, (dir) => {
          const settings = `runtime: { name: nodejs, options: { typescript: ${kind.typescript} } }`;
          writeFileSync(join(dir, "Pulumi.yaml"), `name: fixture\n${settings}\n${kind.main}\n`);
          writeFileSync(join(dir, "package.json"), JSON.stringify({ name: "p", type: kind.type }));
          rmSync(join(dir, "index.js"));
          const isFolder = kind.main === "main: program";
          if (isFolder) mkdirSync(join(dir, "program"));
          writeFileSync(join(dir, isFolder ? "program/index.js" : "index.ts"), kind.text);
        });
        const result = await fixture.up([]);
        assert.equal(result.error, undefined);
        assert.deepEqual([result.summary, result.outputs], [{ create: 2 }, { answer: 42 }]);
        await fixture.close();
      });
    }
  });
}

describe("the test engine [long]", () => {
  it("rejects unsupported features with a clear message", async () => {
    const fixture = await Fixture.open({ name: "test engine", open: engineStack }, (dir) => {
      const text = `
        import * as pulumi from "@pulumi/pulumi";
        const thing = new pulumi.CustomResource("other:index:Thing", "a", {});
      `;
      writeFileSync(join(dir, "index.js"), text);
    });
    const result = await fixture.up([]);
    assert.match(
      result.error ?? "",
      /the test engine does not support other:index:Thing: it knows the Node.js dynamic/u,
    );
    await fixture.close();
  });

  it("lets the SDK refuse transforms", async () => {
    const fixture = await Fixture.open({ name: "test engine", open: engineStack }, (dir) => {
      const text = `
        import * as pulumi from "@pulumi/pulumi";
        pulumi.runtime.registerResourceTransform(() => undefined);
      `;
      writeFileSync(join(dir, "index.js"), text);
    });
    const result = await fixture.up([]);
    assert.match(result.error ?? "", /does not support transforms/u);
    await fixture.close();
  });
});
