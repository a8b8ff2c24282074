import assert from "node:assert/strict";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { packageSchema } from "../../../scripts/schema/package.ts";
import { type PackageSpec, token } from "../../../scripts/schema/spec.ts";
import { repository } from "../../docs/blocks.ts";
import { NEEDS_PULUMI, needsPulumi } from "../../support/needs-pulumi.ts";

const path = join(repository, "provider/doors/plugin/schema.json");
const file = readFileSync(path, "utf8");
const schema = JSON.parse(file) as PackageSpec;

describe("the schema of the plugin", () => {
  it("matches the documented types", () => {
    assert.equal(file, `${JSON.stringify(packageSchema(), null, 2)}\n`);
  });

  it("describes every type and property", () => {
    const all = [...Object.values(schema.resources), ...Object.values(schema.functions)];
    assert.deepEqual(
      all.filter(({ description = "" }) => description === ""),
      [],
    );
    const properties = all.flatMap((one) =>
      "inputs" in one
        ? [one.inputs.properties, one.outputs.properties]
        : [one.inputProperties, one.properties],
    );
    const silent = properties
      .flatMap((one) => Object.entries(one))
      .filter(([, { description }]) => !description);
    assert.deepEqual(
      silent.map(([name]) => name),
      ["images", "instances", "networks"],
    );
  });

  it("has no tags of TypeScript's tools in its descriptions", () => {
    assert.deepEqual(file.match(/\{@\w[^}]*\}/g), null);
  });

  it("makes every argument an output, because YAML can read only outputs", () => {
    for (const [name, { inputProperties, properties }] of Object.entries(schema.resources)) {
      assert.deepEqual(
        Object.keys(inputProperties).filter((argument) => !(argument in properties)),
        [],
        name,
      );
    }
  });

  it("sets no defaults for resources, since an import would show them as changes", () => {
    for (const { inputProperties } of Object.values(schema.resources)) {
      assert.ok(!JSON.stringify(inputProperties).includes('"default":'));
    }
  });

  it("has every example in every language", () => {
    for (const { description = "" } of [
      ...Object.values(schema.resources),
      ...Object.values(schema.functions),
    ]) {
      const examples = description.split("{{% example %}}").slice(1);
      assert.ok(examples.length > 0, description);
      for (const example of examples) {
        const languages = [...example.matchAll(/^```(\w+)$/gm)].map(([, language]) => language);
        assert.deepEqual(languages, ["typescript", "python", "go", "csharp", "java", "yaml"]);
      }
    }
  });

  it("marks as secret what the Node.js package marks as secret", () => {
    assert.equal(schema.resources[token("File")]?.properties["sha256"]?.secret, true);
  });

  it("has the version of the package", () => {
    const { version } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));
    assert.equal(schema.version, version);
  });

  it(`passes Pulumi's own check ${NEEDS_PULUMI}`, async function () {
    needsPulumi(this);
    const { all } = await execa("pulumi", ["schema", "check", path], { all: true });
    assert.equal(all, "");
  });

  it(`is the schema that Pulumi gets from the plugin ${NEEDS_PULUMI}`, async function () {
    needsPulumi(this);
    const plugin = join(repository, "dist/plugin/pulumi-resource-multipass-lab");
    const { stdout } = await execa("pulumi", ["package", "get-schema", plugin]);
    const told = JSON.parse(stdout) as PackageSpec;
    assert.deepEqual(Object.keys(told.resources).sort(), Object.keys(schema.resources).sort());
    assert.equal(told.version, schema.version);
  });

  it(`has examples that compile with the SDK for Node.js ${NEEDS_PULUMI}`, async function () {
    needsPulumi(this);
    const dir = realpathSync(mkdtempSync(join(tmpdir(), "multipass-sdk-")));
    try {
      await execa("pulumi", ["package", "gen-sdk", "--language", "nodejs", "--out", dir, path]);
      symlinkSync(join(repository, "node_modules"), join(dir, "node_modules"));
      writeFileSync(join(dir, "package.json"), JSON.stringify({ type: "module" }));
      const programs = file.match(/```typescript\\n.*?```/g) ?? [];
      assert.ok(programs.length > 10);
      for (const [index, quoted] of programs.entries()) {
        const code = (JSON.parse(`"${quoted}"`) as string).replace(/^```.*$/gm, "");
        writeFileSync(join(dir, `example-${index}.ts`), `${code}\nexport {};\n`);
      }
      const compilerOptions = {
        ...{ strict: true, noEmit: true, skipLibCheck: true, types: ["node"] },
        ...{ module: "nodenext", target: "es2023" },
        paths: { "pulumi-multipass-lab": [join(dir, "nodejs/index.ts")] },
      };
      const config = { compilerOptions, include: ["*.ts"] };
      writeFileSync(join(dir, "tsconfig.json"), JSON.stringify(config));
      const { stdout } = await execa("tsc", ["-p", dir], { preferLocal: true, reject: false });
      assert.equal(stdout, "");
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });

  for (const [language, host, first] of [
    ["python", "python", "pulumi_multipass_lab/instance.py"],
    ["go", "go", "multipasslab/instance.go"],
    ["nodejs", "nodejs", "instance.ts"],
    ["dotnet", "dotnet", "Instance.cs"],
    ["java", "java", "src/main/java/com/pulumi/multipasslab/Instance.java"],
  ] as const) {
    it(`generates an SDK for ${language} ${NEEDS_PULUMI}`, async function () {
      needsPulumi(this);
      const { failed } = await execa(`pulumi-language-${host}`, ["-help"], { reject: false });
      if (failed) {
        process.stderr.write(
          `\n*** The SDK for ${language} is NOT TESTED: no pulumi-language-${host} ***\n\n`,
        );
        this.skip();
      }
      const out = mkdtempSync(join(tmpdir(), "multipass-sdk-"));
      try {
        await using logo = await servesLogo();
        const own = join(out, "schema.json");
        writeFileSync(own, JSON.stringify({ ...schema, logoUrl: logo.url }));
        await execa("pulumi", ["package", "gen-sdk", "--language", language, "--out", out, own]);
        assert.ok(existsSync(join(out, language, first)));
      } finally {
        rmSync(out, { recursive: true, force: true });
      }
    });
  }
});

/** Serves any answer as a logo, since the generator for C# downloads Pulumi's own if a package has none. */
async function servesLogo() {
  const server = createServer((_, response) => response.end("PNG"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/logo.png`,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  };
}
