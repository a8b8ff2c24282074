import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { type Part, quantile, type RunOptions, rounded, table } from "./measure.ts";

const repository = join(import.meta.dirname, "..");

/** What is loaded on top of Pulumi's SDK, which every program and every plugin process loads anyway. */
const CASES = [
  { id: "sdk", title: "`@pulumi/pulumi`", modules: [] },
  { id: "import", title: "`pulumi-multipass`, by the program", modules: ["pulumi-multipass"] },
  {
    id: "runtime",
    title: "`pulumi-multipass/runtime`, by the plugin process at its first operation",
    modules: ["pulumi-multipass/runtime"],
  },
];

/** Says how much processor time the last of these imports took: what else the machine does is not in it. */
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

/** Packages that are loaded on top of the SDK, this one aside. */
function packagesOf(modules: readonly string[]): string[] {
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

async function measure({ quick, say }: RunOptions) {
  const times = CASES.map((): number[] => []);
  // Turn by turn, so that whatever else the machine does meanwhile weighs on all of them.
  for (let round = 0; round < (quick ? 5 : 9); round++) {
    for (const [index, { modules }] of CASES.entries()) {
      times[index]?.push(Number(run(script(modules))));
    }
  }
  // The least: whatever else ran on the machine only ever adds.
  const least = times.map((all) => Math.min(...all));
  const over = (index: number) => rounded(least[index] ?? Number.NaN, 0);
  const loaded = packagesOf(["pulumi-multipass"]);
  say(`import: +${over(1)} ms (${loaded.join(", ") || "no package"}), runtime: +${over(2)} ms`);
  return {
    metrics: {
      "startup.import": {
        what: '`import "pulumi-multipass"` over `@pulumi/pulumi` alone, in ms',
        value: over(1),
        goal: 30,
        noise: 25,
      },
      "startup.runtime": {
        what: "plugin process ready over an empty dynamic provider, in ms",
        value: over(2),
        goal: 150,
        noise: 60,
      },
      "startup.packages": {
        what: "packages that the import loads besides the SDK",
        value: loaded.length,
        goal: 0,
        noise: 0,
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
    ].join("\n\n"),
  };
}

export const startup: Part = { id: "startup", title: "Start-up", run: measure };
