import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { withExamples } from "./examples/index.ts";
import { type FunctionSource, type ResourceSource, repository, Source } from "./source.ts";
import { type ObjectSpec, PACKAGE, type PackageSpec, type ResourceSpec, token } from "./spec.ts";
import { Types } from "./types.ts";

interface Manifest {
  version: string;
  license: string;
  repository?: { url: string };
  peerDependencies: Record<string, string>;
}

/** The plugin's schema, generated from the package's documented types. */
export function packageSchema(): PackageSpec {
  const manifest = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as Manifest;
  const source = new Source();
  const types = new Types(source.checker);
  const resources = source.resources();
  const functions = source.functions();
  const provider = types.object(
    source.checker.getDeclaredTypeOfSymbol(source.provider()),
    "Provider",
  ).properties;
  const specs = {
    resources: byToken(resources, (resource) => resourceSpec(types, resource)),
    functions: byToken(functions, (one) => functionSpec(types, source.checker, one)),
  };
  const spec: PackageSpec = {
    name: PACKAGE,
    displayName: "Multipass Lab",
    version: manifest.version,
    description:
      "Manage Canonical Multipass instances, with readiness checks and retry that survive the boot of the host.",
    keywords: ["pulumi", "multipass", "ubuntu", "virtual-machine", "category/infrastructure", "kind/native"],
    license: manifest.license,
    ...repositoryUrls(manifest),
    meta: { supportPack: true },
    config: { variables: provider },
    provider: { ...types.description(source.provider()), inputProperties: provider, properties: {} },
    types: sorted(types.named),
    ...specs,
    language: languages(manifest),
  };
  for (const { name, examples } of resources) withExamples(spec, spec.resources[token(name)], examples);
  for (const { name, examples } of functions) withExamples(spec, spec.functions[token(name)], examples);
  return spec;
}

function resourceSpec(types: Types, { name, symbol, args, outputs, secrets }: ResourceSource): ResourceSpec {
  const inputs = types.object(args, name);
  // Pulumi YAML type-checks a program, so every input must also be an output.
  const properties = { ...inputs.properties };
  const required = new Set(inputs.required);
  for (const output of outputs) {
    const { name } = output.symbol;
    properties[name] = types.property(output.symbol, output.type, symbol.name);
    if (secrets.includes(name)) properties[name].secret = true;
    if (mayBeUndefined(output.type)) required.delete(name);
    else required.add(name);
  }
  return {
    ...types.description(symbol),
    properties,
    required: [...required].sort(),
    inputProperties: inputs.properties,
    requiredInputs: inputs.required,
    // A program that moves here from the Node.js package keeps its instances.
    aliases: [{ type: `pulumi-nodejs:dynamic/multipass:${name}` }],
  };
}

function functionSpec(types: Types, checker: ts.TypeChecker, { name, symbol, args, result }: FunctionSource) {
  const inputs = types.object(args, name);
  for (const property of Object.values(inputs.properties)) {
    const [, value] = /\bDefault (true|false|"[^"]*")\.$/.exec(property.description ?? "") ?? [];
    // Only for functions: SDKs would send a resource's defaults as if the program had set them, and an import
    // would show them as changes.
    if (value !== undefined) property.default = JSON.parse(value);
    const [, code] = /\bDefault `("[^`]*")`\.$/.exec(property.description ?? "") ?? [];
    if (code !== undefined) property.default = JSON.parse(code);
  }
  return { ...types.description(symbol), inputs, outputs: outputsOf(types, checker, name, result) };
}

/**
 * Pulumi's functions return an object. If the result is a list, the object's only property is named after the
 * function.
 */
function outputsOf(types: Types, checker: ts.TypeChecker, name: string, result: ts.TypeNode): ObjectSpec {
  if (!ts.isArrayTypeNode(result)) return types.object(checker.getTypeFromTypeNode(result), name);
  const list = name.charAt(3).toLowerCase() + name.slice(4);
  const properties = { [list]: types.type(result, name, list) };
  return { type: "object", properties, required: [list] };
}

/** The repository on GitHub, if the package names one. */
const repositoryOf = ({ repository: named }: Manifest): string | undefined =>
  /github\.com\/([^/]+\/[^/.]+)/.exec(named?.url ?? "")?.[1];

function repositoryUrls(manifest: Manifest): Record<string, string> {
  const slug = repositoryOf(manifest);
  if (slug === undefined) return {};
  const url = `https://github.com/${slug}`;
  return { homepage: url, repository: url, pluginDownloadURL: `github://api.github.com/${slug}` };
}

function languages(manifest: Manifest): PackageSpec["language"] {
  const repository = repositoryOf(manifest);
  return {
    nodejs: {
      packageName: `pulumi-${PACKAGE}`,
      dependencies: { "@pulumi/pulumi": manifest.peerDependencies["@pulumi/pulumi"] },
      respectSchemaVersion: true,
    },
    python: {
      packageName: "pulumi_multipass_lab",
      pyproject: { enabled: true },
      requires: { pulumi: ">=3.0.0,<4.0.0" },
      respectSchemaVersion: true,
    },
    go: {
      ...(repository && { importBasePath: `github.com/${repository}/sdk/go/multipasslab` }),
      generateResourceContainerTypes: true,
      respectSchemaVersion: true,
    },
    csharp: {
      namespaces: { [PACKAGE]: "MultipassLab" },
      packageReferences: { Pulumi: "3.*" },
      respectSchemaVersion: true,
    },
    java: { buildFiles: "gradle", dependencies: { "com.pulumi:pulumi": "1.0.0" } },
  };
}

const mayBeUndefined = (node: ts.Node): boolean =>
  node.kind === ts.SyntaxKind.UndefinedKeyword || (ts.forEachChild(node, mayBeUndefined) ?? false);

function byToken<S extends { name: string }, T>(
  sources: readonly S[],
  spec: (one: S) => T,
): Record<string, T> {
  return Object.fromEntries(sources.map((one) => [token(one.name), spec(one)]));
}

function sorted<T>(named: Record<string, T>): Record<string, T> {
  const entries = Object.entries(named).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, spec]) => [token(name), spec]));
}
