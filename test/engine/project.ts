import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import type { Value } from "./values.ts";

/** The parts of a Pulumi.yaml that the engine needs. */
export interface Project {
  name: string;
  root: string;
  /** The program's folder and entry point, from the `main` option. */
  programDir: string;
  entryPoint: string;
  typescript: boolean;
  tsconfig: string;
  nodeArgs: string[];
  runtimeOptions: Record<string, unknown>;
  /** The file to run as an inline program, in a process that earlier programs have used. */
  inline?: string | undefined;
  /** Configuration by full key (`project:name`), from Pulumi.yaml and Pulumi.STACK.yaml. */
  config: Record<string, string>;
}

interface ProjectFile {
  name: string;
  runtime: string | { name: string; options?: Record<string, unknown> };
  main?: string;
  config?: Record<string, unknown>;
}

export function readProject(dir: string, stack: string, name?: string): Project {
  const root = resolve(dir);
  const file = parse(readFileSync(join(root, "Pulumi.yaml"), "utf8")) as ProjectFile;
  const runtime = typeof file.runtime === "string" ? { name: file.runtime } : file.runtime;
  if (runtime?.name !== "nodejs") throw new Error(`Unable to run ${root}: its runtime is not nodejs`);
  const options = ("options" in runtime ? runtime.options : undefined) ?? {};
  const project = name ?? file.name;
  const main = file.main === undefined ? root : join(root, file.main);
  const isFolder = statSync(main).isDirectory();
  return {
    name: project,
    root,
    programDir: isFolder ? main : dirname(main),
    entryPoint: isFolder ? "." : basename(main),
    typescript: options["typescript"] !== false,
    tsconfig: String(options["tsconfig"] ?? ""),
    nodeArgs: String(options["nodeargs"] ?? "")
      .split(/\s+/u)
      .filter((arg) => arg !== ""),
    runtimeOptions: options,
    config: { ...projectConfig(file, project), ...stackConfig(root, stack) },
  };
}

const fullKey = (key: string, project: string): string => (key.includes(":") ? key : `${project}:${key}`);

const asText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** An entry in Pulumi.yaml is a value, or a declaration with a `value` or a `default`. */
function projectConfig(file: ProjectFile, project: string): Record<string, string> {
  const entries = Object.entries(file.config ?? {}).map(([key, entry]): [string, unknown] => {
    const declared = entry as { value?: Value; default?: Value } | null;
    const value = typeof declared === "object" ? (declared?.value ?? declared?.default) : entry;
    return [fullKey(key, project), value];
  });
  return Object.fromEntries(
    entries.filter(([, value]) => value !== undefined).map(([key, value]) => [key, asText(value)]),
  );
}

/** Supports plain values only: secrets in this file use the real CLI's own encryption. */
function stackConfig(root: string, stack: string): Record<string, string> {
  const path = join(root, `Pulumi.${stack}.yaml`);
  if (!existsSync(path)) return {};
  const file = parse(readFileSync(path, "utf8")) as { config?: Record<string, unknown> } | null;
  const plain = Object.entries(file?.config ?? {}).filter(
    ([, value]) => !(typeof value === "object" && value !== null && "secure" in value),
  );
  return Object.fromEntries(plain.map(([key, value]) => [key, asText(value)]));
}
