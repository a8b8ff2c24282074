import { symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { found } from "./found.ts";
import { nameOf, type Tool, type Wanted } from "./tool.ts";

const repository = join(import.meta.dirname, "../..");

const INCSTEPS = "pulumi-resource-multipass";

const common = ["--yes", "--skip-preview", "--non-interactive", "--stack", "bench"] as const;

/** How every stack is run: all settings are those of the CLI, the preview aside. */
const cli = {
  prepare: [["pulumi", "stack", "init", "bench"]],
  up: ["pulumi", "up", ...common],
  refresh: ["pulumi", "refresh", ...common],
  destroy: ["pulumi", "destroy", ...common],
  unlock: ["pulumi", "cancel", "--yes", "--stack", "bench"],
} as const satisfies Partial<Tool>;

const env = (dir: string): Record<string, string> => ({
  PULUMI_BACKEND_URL: `file://${dir}`,
  PULUMI_HOME: join(dir, "home"),
  PULUMI_CONFIG_PASSPHRASE: "bench",
  PULUMI_SKIP_UPDATE_CHECK: "true",
  // Uses the plugins that users install. For those on the PATH, Pulumi does not keep the schema.
  PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
});

/** The environment of programs that use this package. */
const ours = (dir: string): Record<string, string> => ({
  ...env(dir),
  PATH: [dirname(process.execPath), process.env["PATH"]].join(":"),
  PULUMI_MULTIPASS_STATE_DIR: join(dir, "journal"),
});

/** Installs the plugin as `npm run build` leaves it. */
const withOurs = {
  ...cli,
  prepare: [...cli.prepare, ["node", join(repository, "dist/cli/main.js"), "plugin", "install"]],
} as const;

/** Installs the rival's plugin by the release that it was built from. */
const withIncsteps = {
  ...cli,
  prepare: [
    ...cli.prepare,
    ["pulumi", "plugin", "install", "resource", "multipass", "0.1.0", "--file", found(INCSTEPS) ?? ""],
  ],
} as const;

/** Bundles and installs a plugin that answers without looking at anything, on the libraries that ours uses. */
const IDLE_PLUGIN = "plain";
const esbuild = [join(repository, "node_modules/.bin/esbuild"), "--bundle", "--platform=node"] as const;
const withIdle = {
  ...cli,
  prepare: [
    ...cli.prepare,
    [
      ...esbuild,
      "--minify",
      "--banner:js=#!/usr/bin/env node",
      `--outfile=plugin/pulumi-resource-${IDLE_PLUGIN}`,
      join(repository, "bench/large/plain-provider.ts"),
    ],
    ["sh", "-c", `chmod +x plugin/* && echo '{ "type": "commonjs" }' > plugin/package.json`],
    ["pulumi", "plugin", "install", "resource", IDLE_PLUGIN, "1.0.0", "--file", "plugin"],
  ],
} as const;

const size = ({ cpus }: Wanted) => `cpus: ${cpus}, memory: 1G, disk: 5G`;

const yaml = (type: string) => (dir: string, wanted: Wanted) => {
  const resources = Array.from({ length: wanted.count }, (_, index) => {
    const properties = `{ name: ${nameOf(index)}, image: "24.04", ${size(wanted)} }`;
    return `  ${nameOf(index)}: { type: "${type}", properties: ${properties} }\n`;
  });
  const text = resources.length === 0 ? "" : `resources:\n${resources.join("")}`;
  writeFileSync(join(dir, "Pulumi.yaml"), `name: bench\nruntime: yaml\n${text}`);
};

/** The class of a generated SDK, as far as it matters here. */
const generated = (type: string) => `import * as pulumi from "@pulumi/pulumi";
class Instance extends pulumi.CustomResource {
  constructor(name, args) { super("${type}", name, { ...args, ipAddress: undefined }); }
}`;
const DYNAMIC = `import { Instance } from "pulumi-multipass";`;

const IDLE = `import * as pulumi from "@pulumi/pulumi";
const provider = { create: async () => ({ id: "1", outs: {} }) };
class Instance extends pulumi.dynamic.Resource {
  constructor(name, args) { super(provider, name, args); }
}`;

const node = (declared: string) => (dir: string, wanted: Wanted) => {
  const args = `name: "vm" + i, image: "24.04", cpus: ${wanted.cpus}, memory: "1G", disk: "5G"`;
  const loop = `for (let i = 0; i < ${wanted.count}; i++) new Instance("vm" + i, { ${args} });`;
  writeFileSync(join(dir, "index.js"), `${declared}\n${wanted.count === 0 ? "" : loop}\n`);
};

/** A folder in which a Node.js program finds this package and the SDK. */
const nodeEnv = (dir: string) => {
  symlinkSync(join(repository, "node_modules"), join(dir, "node_modules"));
  writeFileSync(join(dir, "package.json"), JSON.stringify({ name: "bench", type: "module" }));
  const runtime = "runtime:\n  name: nodejs\n  options:\n    typescript: false\n";
  writeFileSync(join(dir, "Pulumi.yaml"), `name: bench\n${runtime}`);
  return ours(dir);
};

const DEFAULTS =
  "the CLI's defaults, without a preview; `--parallel` is four times the number of cores. An `up` does not refresh";

export const PULUMI: readonly Tool[] = [
  {
    id: "yaml",
    title: "ours, plugin, YAML",
    needs: ["pulumi", "pulumi-language-yaml"],
    settings: `${DEFAULTS}. At most one launch a core prepares or boots at once`,
    write: yaml("multipass-lab:Instance"),
    env: ours,
    ...withOurs,
  },
  {
    id: "node",
    title: "ours, plugin, Node.js",
    needs: ["pulumi", "pulumi-language-nodejs"],
    settings: "as above",
    write: node(generated("multipass-lab:index:Instance")),
    env: nodeEnv,
    ...withOurs,
  },
  {
    id: "dynamic",
    title: "ours, dynamic provider, Node.js",
    needs: ["pulumi", "pulumi-language-nodejs"],
    settings: "as above",
    write: node(DYNAMIC),
    env: nodeEnv,
    ...cli,
  },
  {
    id: "unlimited",
    title: "ours, plugin, YAML, without the limit",
    needs: ["pulumi", "pulumi-language-yaml"],
    settings: "as above with `PULUMI_MULTIPASS_LAUNCHES=100`, for comparison only",
    write: yaml("multipass-lab:Instance"),
    env: (dir) => ({ ...ours(dir), PULUMI_MULTIPASS_LAUNCHES: "100" }),
    cannot: { "no-op": "as with it", refresh: "as with it", "one CPU more": "as with it" },
    ...withOurs,
  },
  {
    id: "incsteps",
    title: "incsteps, YAML",
    needs: ["pulumi", "pulumi-language-yaml", INCSTEPS],
    settings: DEFAULTS,
    write: yaml("multipass:resources:Instance"),
    env,
    replaces: true,
    ...withIncsteps,
  },
  {
    id: "incsteps-node",
    title: "incsteps, Node.js",
    needs: ["pulumi", "pulumi-language-nodejs", INCSTEPS],
    settings: DEFAULTS,
    write: node(generated("multipass:resources:Instance")),
    env: nodeEnv,
    replaces: true,
    ...withIncsteps,
  },
];

/** Programs without any instance: what the engine, its languages and its dynamic provider cost alone. */
export const EMPTY: readonly Tool[] = [
  {
    id: "empty-yaml",
    title: "empty program, YAML",
    needs: ["pulumi", "pulumi-language-yaml"],
    settings: DEFAULTS,
    write: (dir) => yaml("")(dir, { count: 0, cpus: 1 }),
    env,
    empty: true,
    ...cli,
  },
  {
    id: "empty-node",
    title: "empty program, Node.js",
    needs: ["pulumi", "pulumi-language-nodejs"],
    settings: DEFAULTS,
    write: (dir) => node("")(dir, { count: 0, cpus: 1 }),
    env: nodeEnv,
    empty: true,
    ...cli,
  },
  {
    id: "empty-plugin",
    title: "a plugin in Node.js that does nothing, YAML",
    needs: ["pulumi", "pulumi-language-yaml"],
    settings: DEFAULTS,
    write: yaml("plain:index:Plain"),
    env: ours,
    cannot: { "one CPU more": "changes nothing" },
    ...withIdle,
  },
  {
    id: "empty-plugin-node",
    title: "a plugin in Node.js that does nothing, Node.js",
    needs: ["pulumi", "pulumi-language-nodejs"],
    settings: DEFAULTS,
    write: node(generated("plain:index:Plain")),
    env: nodeEnv,
    cannot: { "one CPU more": "changes nothing" },
    ...withIdle,
  },
  {
    id: "empty-dynamic",
    title: "a dynamic provider that does nothing, Node.js",
    needs: ["pulumi", "pulumi-language-nodejs"],
    settings: DEFAULTS,
    write: node(IDLE),
    env: nodeEnv,
    cannot: { refresh: "not measured", "one CPU more": "not measured" },
    ...cli,
  },
  {
    id: "empty-node-sdk",
    title: "empty program, Node.js, that imports the SDK",
    needs: ["pulumi", "pulumi-language-nodejs"],
    settings: DEFAULTS,
    write: (dir) => node(`import "@pulumi/pulumi";`)(dir, { count: 0, cpus: 1 }),
    env: nodeEnv,
    empty: true,
    ...cli,
  },
];
