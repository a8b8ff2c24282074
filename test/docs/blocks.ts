import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const repository = fileURLToPath(new URL("../..", import.meta.url));

/**
 * A TypeScript block of a page. After the language its fence can say:
 * - `excerpt=FILE`: it stands in that file, which is run
 * - `setup=launch:NAME`: a machine of that name exists before it runs
 * - `setup=host:NAME`: ssh reaches a host of that name, which has Multipass
 * - `setup=program:NAME`: the guests have a program of that name, which succeeds
 * - `alone`: it is no Pulumi program, but starts one
 */
export interface Block {
  /** Page and line, as `README.md:5`. */
  where: string;
  /** The heading above it. */
  heading?: string | undefined;
  code: string;
  /** Path from the top of the repository. */
  excerpt?: string | undefined;
  machines: string[];
  hosts: string[];
  programs: string[];
  alone: boolean;
}

/** The pages that users read. */
function pages(): string[] {
  const docs = readdirSync(join(repository, "docs"), { recursive: true, encoding: "utf8" });
  return [
    "README.md",
    "examples/README.md",
    ...docs.filter((file) => file.endsWith(".md")).map((file) => join("docs", file)),
  ].sort();
}

export const blocks = (): Block[] => blocksIn("ts|typescript");

/** Data, such as fault plans. */
export const dataBlocks = (): Block[] => blocksIn("json");

/** What is typed into a terminal. */
export const commandBlocks = (): Block[] => blocksIn("sh");

function blocksIn(languages: string): Block[] {
  const fences = new RegExp(`^\`\`\`(?:${languages})\\b([^\\n]*)\\n([\\s\\S]*?)^\`\`\`$`, "gm");
  return pages().flatMap((page) => {
    const text = readFileSync(join(repository, page), "utf8");
    return [...text.matchAll(fences)].map((match) => {
      const [, info = "", code = ""] = match;
      const line = text.slice(0, match.index).split("\n").length;
      return {
        where: `${relative(".", page)}:${line}`,
        heading: [...text.slice(0, match.index).matchAll(/^#+ (.*)$/gm)].at(-1)?.[1],
        code,
        excerpt: /\bexcerpt=(\S+)/.exec(info)?.[1],
        machines: [...info.matchAll(/setup=launch:(\S+)/g)].map(([, name = ""]) => name),
        hosts: [...info.matchAll(/setup=host:(\S+)/g)].map(([, name = ""]) => name),
        programs: [...info.matchAll(/setup=program:(\S+)/g)].map(([, name = ""]) => name),
        alone: /\balone\b/.test(info),
      };
    });
  });
}

/** The examples in docstrings of the public surface. They are pieces, so they are type-checked only. */
export function examples(): Block[] {
  const files = ["provider/lookups.ts", "simulator/src/fault-plan.ts", "simulator/src/simulator.ts"].concat(
    readdirSync(join(repository, "provider/resources")).map((file) => `provider/resources/${file}`),
  );
  return files.flatMap((file) => {
    const text = readFileSync(join(repository, file), "utf8");
    return [...text.matchAll(/^ *\* ```ts\n([\s\S]*?)^ *\* ```$/gm)].map(({ 1: code = "", index }) => ({
      where: `${file}:${text.slice(0, index).split("\n").length}`,
      code: code.replace(/^ *\* ?/gm, ""),
      machines: [],
      hosts: [],
      programs: [],
      alone: false,
    }));
  });
}

/** What the blocks read on the host. */
export const FILES: Record<string, string | Uint8Array> = {
  "nginx.conf": "server {}\n",
  "multipass-compose.yaml": `services:
  web-server: { image: focal }
  backend: { image: jammy, cpus: 2, mem: 2G, cloud-init: backend.yaml }
`,
  "backend.yaml": "#cloud-config\npackages: [git]\n",
  "setup.sh": "touch /srv/set-up\n",
  // An empty archive.
  "srv.tar": new Uint8Array(1024),
};

/** What a block may use without saying where it is from, as it stands on a page whose text says so. */
const AROUND: Record<string, string> = {
  multipass: 'import * as multipass from "pulumi-multipass";',
  pulumi: 'import * as pulumi from "@pulumi/pulumi";',
  assert: 'import assert from "node:assert/strict";',
  join: 'import { join } from "node:path";',
  config: "const config = new pulumi.Config();",
  vm: 'const vm = new multipass.Instance("vm");',
  server: 'const server = new multipass.Instance("server");',
  ready: 'const ready = new multipass.Snapshot("first", { instance: vm });',
  setup: 'const setup = new multipass.Command("setup", { instance: vm, create: ["true"] });',
  release: 'const release = "1";',
  startSimulator: 'import { startSimulator } from "multipass-simulator";',
  FaultPlan: 'import type { FaultPlan } from "multipass-simulator";',
  folder: "declare const folder: string;",
  sim: 'declare const sim: import("multipass-simulator").Simulator;',
};

/** The block as a program of its own. */
export function program({ code }: Block): string {
  const words = new Set(code.match(/[A-Za-z_$][\w$]*/g));
  const defined = (name: string) =>
    new RegExp(`\\b(?:const|let|using|as|import \\{[^}]*)\\s*${name}\\b`).test(code);
  const wanted = Object.keys(AROUND).filter((name) => words.has(name) && !defined(name));
  for (const [name, needs] of [
    ["ready", "vm"],
    ["setup", "vm"],
    ["vm", "multipass"],
    ["server", "multipass"],
    ["config", "pulumi"],
  ] as const) {
    if (wanted.includes(name) && !wanted.includes(needs) && !defined(needs)) wanted.unshift(needs);
  }
  wanted.sort((a, b) => Object.keys(AROUND).indexOf(a) - Object.keys(AROUND).indexOf(b));
  return `${wanted.map((name) => AROUND[name]).join("\n")}\n${code}\nexport {};\n`;
}
