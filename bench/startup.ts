import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { memoryOf } from "./footprint.ts";
import { type Part, quantile, type RunOptions, rounded, table } from "./measure.ts";

const repository = join(import.meta.dirname, "..");

/** Modules loaded on top of Pulumi's SDK, which every program and every plugin process loads anyway. */
const CASES = [
  { id: "sdk", title: "`@pulumi/pulumi`", modules: [] },
  { id: "import", title: "`pulumi-multipass`, by the program", modules: ["pulumi-multipass"] },
  {
    id: "runtime",
    title: "`pulumi-multipass/runtime`, by the plugin process at its first operation",
    modules: ["pulumi-multipass/runtime"],
  },
];

/** Prints the processor time of the last import, which other load on the computer does not affect. */
const script = (modules: readonly string[]) => `
${modules.length > 0 ? 'await import("@pulumi/pulumi");' : ""}
const before = process.cpuUsage();
await import(${JSON.stringify(modules[0] ?? "@pulumi/pulumi")});
const { user, system } = process.cpuUsage(before);
console.log((user + system) / 1000);`;

function run(code: string): string {
  const args = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", code];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: repository, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

/** Packages loaded on top of the SDK, excluding this one. */
export function packagesOf(modules: readonly string[]): string[] {
  const code = `await import("@pulumi/pulumi");
const { registerHooks } = await import("node:module");
const seen = new Set();
registerHooks({ load(url, context, next) { seen.add(url); return next(url, context); } });
${modules.map((module) => `await import(${JSON.stringify(module)});`).join("\n")}
console.log(JSON.stringify([...seen]));`;
  const urls = JSON.parse(run(code)) as string[];
  const names = urls.flatMap((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? []);
  return [...new Set(names)].sort();
}

/** Processes that Pulumi starts for a run, which must wait until they print their port. */
const PLUGINS = [
  { title: "the dynamic provider", script: "node_modules/@pulumi/pulumi/cmd/dynamic-provider/index.js" },
  { title: "the plugin `multipass-lab`", script: "dist/plugin/pulumi-resource-multipass-lab" },
];

/** Milliseconds from the start of a plugin until it prints its port, and MiB of resident memory then. */
async function untilPort(script: string): Promise<{ took: number; memory: number }> {
  const begun = performance.now();
  // No engine listens on this port; neither plugin needs one before it has printed its own.
  const args = ["--disable-warning=ExperimentalWarning", join(repository, script), "127.0.0.1:1"];
  const plugin = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] });
  const ended = once(plugin, "exit");
  await once(plugin.stdout, "data");
  const took = performance.now() - begun;
  const memory = process.platform === "linux" ? memoryOf(plugin.pid as number) : 0;
  plugin.kill("SIGKILL");
  await ended;
  return { took, memory };
}

async function measure({ quick, say }: RunOptions) {
  const times = CASES.map((): number[] => []);
  // Alternates between the cases, so that other load on the computer affects all of them equally.
  for (let round = 0; round < (quick ? 5 : 9); round++) {
    for (const [index, { modules }] of CASES.entries()) {
      times[index]?.push(Number(run(script(modules))));
    }
  }
  const ports = PLUGINS.map((): number[] => []);
  let memory = 0;
  for (let round = 0; round < (quick ? 5 : 9); round++) {
    for (const [index, { script }] of PLUGINS.entries()) {
      const port = await untilPort(script);
      ports[index]?.push(port.took);
      // The last is our plugin.
      memory = port.memory;
    }
  }
  const [dynamic = Number.NaN, native = Number.NaN] = ports.map((all) => Math.min(...all));
  // Takes the lowest value, because other load can only add to it.
  const least = times.map((all) => Math.min(...all));
  const over = (index: number) => rounded(least[index] ?? Number.NaN, 0);
  const loaded = packagesOf(["pulumi-multipass"]);
  say(`plugin: ${rounded(native, 0)} ms to its port, the dynamic provider ${rounded(dynamic, 0)} ms`);
  say(`import: +${over(1)} ms (${loaded.join(", ") || "no package"}), runtime: +${over(2)} ms`);
  return {
    metrics: {
      "startup.import": {
        what: '`import "pulumi-multipass"` over `@pulumi/pulumi` alone, in ms',
        value: over(1),
        goal: 30,
      },
      "startup.runtime": {
        what: "plugin process ready over an empty dynamic provider, in ms",
        value: over(2),
        goal: 150,
      },
      "startup.runtime-ratio": {
        what: "plugin process with this package over an empty dynamic provider",
        value: rounded(1 + (least[2] ?? Number.NaN) / (least[0] ?? Number.NaN)),
        goal: 1.15,
      },
      "startup.port": {
        what: "start of the plugin until it prints its port, in ms",
        value: rounded(native, 0),
        goal: 150,
      },
      "startup.memory": {
        what: "memory of the plugin when it prints its port, in MiB",
        value: rounded(memory, 0),
        goal: 90,
      },
      "startup.plugin": {
        what: "start of the plugin until it prints its port, as a share of the dynamic provider's",
        value: rounded(native / dynamic),
        goal: 0.5,
      },
      "startup.packages": {
        what: "packages that the import loads besides the SDK",
        value: loaded.length,
        goal: 0,
      },
    },
    text: [
      "Milliseconds of processor time that each import takes, the SDK being loaded before:",
      table(
        ["", "least", "median"],
        CASES.map(({ title }, index) => [
          title,
          rounded(least[index] ?? 0, 0),
          rounded(quantile(times[index] ?? [], 0.5), 0),
        ]),
      ),
      "Milliseconds from the start of each plugin process until it prints the port for which Pulumi waits:",
      table(
        ["", "least", "median"],
        PLUGINS.map(({ title }, index) => [
          title,
          rounded(Math.min(...(ports[index] ?? [])), 0),
          rounded(quantile(ports[index] ?? [], 0.5), 0),
        ]),
      ),
    ].join("\n\n"),
  };
}

export const startup: Part = { id: "startup", title: "Start-up", run: measure };
