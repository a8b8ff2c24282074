import assert from "node:assert/strict";
import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { linkDependencies, pack, scratch, unpack } from "./packed.ts";

describe("the packed declarations", function () {
  this.timeout(300_000);
  let dir: string;

  before(async () => {
    dir = scratch();
    linkDependencies(dir, "@types/node");
    await unpack(await pack(join(dir, "packed")), join(dir, "node_modules/pulumi-multipass"), "0.0.1");
    cpSync(join(import.meta.dirname, "fixtures/consumer.ts"), join(dir, "index.ts"));
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  const check = async (type: string, options: Record<string, unknown>) => {
    writeFileSync(join(dir, "package.json"), JSON.stringify({ name: "consumer", type }));
    writeFileSync(
      join(dir, "tsconfig.json"),
      JSON.stringify({
        compilerOptions: {
          target: "es2023",
          // Node.js's own types know more than one iterator and disposable.
          lib: ["esnext"],
          strict: true,
          exactOptionalPropertyTypes: true,
          noEmit: true,
          types: ["node"],
          ...options,
        },
        files: ["index.ts"],
      }),
    );
    return (await execa("tsc", ["-p", dir], { preferLocal: true, reject: false })).stdout;
  };

  const WAYS: Record<string, { type: string; options: Record<string, unknown> }> = {
    "an ESM program": { type: "module", options: { module: "nodenext" } },
    "a CommonJS program": { type: "commonjs", options: { module: "nodenext" } },
    "a program for a bundler": { type: "module", options: { module: "esnext", moduleResolution: "bundler" } },
  };
  for (const [what, { type, options }] of Object.entries(WAYS)) {
    it(`accept what is right, and refuse what is wrong, in ${what}`, async () => {
      assert.equal(await check(type, { ...options, skipLibCheck: true }), "");
    });
  }

  it("need nothing that is not installed with the package", async () => {
    const complaints = (await check("module", { module: "nodenext" })).split("\n");
    assert.deepEqual(
      complaints.filter((line) => line.includes("node_modules/pulumi-multipass/")),
      [],
    );
  });
});
