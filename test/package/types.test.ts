import assert from "node:assert/strict";
import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { linkDependencies, pack, packSimulator, scratch, unpack } from "./packed.ts";

/** A program of each package's users. */
const FILES = ["consumer.ts", "simulator-consumer.ts"];

describe("the packed declarations", function () {
  this.timeout(300_000);
  let dir: string;

  before(async () => {
    dir = scratch();
    linkDependencies(dir, "@types/node");
    const installed = (name: string) => join(dir, "node_modules", name);
    await unpack(await pack(join(dir, "packed")), installed("pulumi-multipass"), "0.0.1");
    await unpack(await packSimulator(join(dir, "packed")), installed("multipass-simulator"), "0.0.1");
    for (const file of FILES) cpSync(join(import.meta.dirname, "fixtures", file), join(dir, file));
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
        files: FILES,
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
    it(`accept correct code and refuse wrong code in ${what}`, async () => {
      assert.equal(await check(type, { ...options, skipLibCheck: true }), "");
    });
  }

  it("need only what is installed with the package", async () => {
    const complaints = (await check("module", { module: "nodenext" })).split("\n");
    assert.deepEqual(
      complaints.filter((line) => /node_modules\/(?:pulumi-multipass|multipass-simulator)\//.test(line)),
      [],
    );
  });
});
