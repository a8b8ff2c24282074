import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { execa } from "execa";
import ts from "typescript";
import { until } from "../support/until.ts";
import {
  linkDependencies,
  type Packed,
  pack,
  packFresh,
  packSimulator,
  repository,
  scratch,
  unpack,
} from "./packed.ts";

/** What a script loads of packages, at its beginning or later. */
function imported(script: string): string[] {
  const source = ts.createSourceFile("script.js", script, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const named =
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : ts.isCallExpression(node) &&
            /^(?:import|require(?:\.resolve)?|import\.meta\.resolve)$/.test(node.expression.getText())
          ? node.arguments[0]
          : undefined;
    if (named && ts.isStringLiteralLike(named) && !named.text.startsWith(".")) found.push(named.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

describe("the tarball", function () {
  this.timeout(120_000);
  let dir: string;
  let packed: Packed;

  before(async () => {
    dir = scratch();
    packed = await pack(join(dir, "first"));
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  it("contains everything that its README links to", () => {
    const page = readFileSync(join(repository, "README.md"), "utf8");
    const links = [...page.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, target = ""]) => target);
    assert.ok(links.length > 10);
    assert.deepEqual(
      links.filter(
        (target) => !packed.files.some((file) => file === target || file.startsWith(`${target}/`)),
      ),
      [],
    );
  });

  it("is byte for byte the same from every fresh clone", async () => {
    const umask = process.umask(0o077);
    try {
      const fresh = await packFresh(join(dir, "clone"), join(dir, "second"));
      assert.deepEqual(fresh.files, packed.files);
      assert.equal(fresh.integrity, packed.integrity);
    } finally {
      process.umask(umask);
    }
  });

  it("has a source map with its source for every script, and nothing that only developers need", async () => {
    const folder = join(dir, "unpacked");
    await unpack(packed, folder, "0.0.0");
    // The bundled plugin and its runner name their sources themselves.
    const scripts = packed.files.filter((file) => file.endsWith(".js") && !file.startsWith("dist/plugin/"));
    assert.ok(scripts.length > 50);
    for (const script of scripts) {
      const map = JSON.parse(readFileSync(join(folder, `${script}.map`), "utf8"));
      assert.equal(map.sourcesContent?.length, map.sources.length, script);
      assert.ok(existsSync(join(folder, script.replace(/\.js$/, ".d.ts"))), script);
    }
    assert.deepEqual(
      packed.files.filter((file) => /(?:^|\/)(?:test|bench|scripts|\.ci|\.github)\//.test(file)),
      // An example of a workflow, for users to copy.
      ["examples/ci/.github/workflows/stack.yml"],
    );
  });

  it("has all that the dynamic provider loads of this package in one file", async () => {
    const folder = join(dir, "loaded/node_modules/pulumi-multipass");
    linkDependencies(join(dir, "loaded"));
    await unpack(packed, folder);
    const program = `import { registerHooks } from "node:module";
const seen = [];
registerHooks({ load(url, context, next) { seen.push(url); return next(url, context); } });
await import("pulumi-multipass/runtime");
console.log(JSON.stringify(seen));`;
    const args = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", program];
    const { stdout } = await execa(process.execPath, args, { cwd: join(dir, "loaded") });
    const own = (JSON.parse(stdout) as string[]).flatMap(
      (url) => url.split("/pulumi-multipass/dist/")[1] ?? [],
    );
    assert.deepEqual(own, ["doors/dynamic/runtime.js", "requires-node.js", "node-version.js"]);
  });

  it("has the launcher of Windows where the dynamic provider looks for it", async () => {
    const folder = join(dir, "windows");
    await unpack(packed, folder);
    linkDependencies(folder);
    const job = join(folder, "dist/doors/dynamic/launch-job.js");
    await build({
      entryPoints: [join(folder, "dist/driver/launch-job.js")],
      outfile: job,
      bundle: true,
      platform: "node",
      format: "esm",
      packages: "external",
    });
    const { dispatchLaunch } = await import(pathToFileURL(job).href);
    const ended = join(folder, "launch");
    await dispatchLaunch({ client: process.execPath }, ["--version"], undefined, ended, undefined, "win32");
    await until(() =>
      readdirSync(ended).some((file) => readFileSync(join(ended, file), "utf8").includes(process.version)),
    );
  });

  it("is searched for everything that a script can load", () => {
    const script = `import "a/x"; import b from "b"; export * from "@c/c"; const d = await import("d"), e = require("e"); import("./no")
      // import("never")`;
    assert.deepEqual(imported(script), ["a/x", "b", "@c/c", "d", "e"]);
  });

  it("depends on exactly what it uses", async () => {
    const simulator = await packSimulator(join(dir, "simulator"));
    for (const [name, one] of Object.entries({
      "pulumi-multipass": packed,
      "multipass-simulator": simulator,
    })) {
      const folder = join(dir, name);
      await unpack(one, folder, "0.0.0");
      const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      const used = new Set<string>();
      for (const script of one.files.filter((file) => file.endsWith(".js"))) {
        for (const module of imported(readFileSync(join(folder, script), "utf8"))) {
          if (module.startsWith("node:") || module === name || module.startsWith(`${name}/`)) continue;
          used.add(
            module
              .split("/")
              .slice(0, module.startsWith("@") ? 2 : 1)
              .join("/"),
          );
        }
      }
      const asked = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
      assert.deepEqual([...used].sort(), asked.sort(), name);
    }
  });
});
