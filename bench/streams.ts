import { closeSync, ftruncateSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type DoorDeployer, inLab, pluginFolder } from "../test/e2e/lab.ts";
import { engineStack } from "../test/engine/index.ts";
import { type Metric, type Part, type RunOptions, rounded, table } from "./measure.ts";
import { MemoryWatch } from "./scale/memory.ts";

const MB = 1_000_000;
const FILE_MB = 100;
const OUTPUT_MB = 1_000;

/** The published plugin instead of its sources, which take more memory. */
const BUNDLE = join(import.meta.dirname, "..", "dist/plugin/pulumi-resource-multipass-lab");

/** A client that prints a large output for a script, since the simulator keeps output in memory. */
const TALKATIVE = (client: string) => `#!/bin/sh
case "$*" in
  *eval*) yes "A line such as builds print." | head -c ${OUTPUT_MB * MB}; exit ;;
esac
exec "${client}" "$@"
`;

interface Work {
  id: string;
  title: string;
  talks?: true;
  program: (dir: string) => string;
}

const INSTANCE = `const vm = new multipass.Instance("vm", { name: "vm", cpus: 1, memory: "1G", disk: "5G" });`;

const WORKS: readonly Work[] = [
  { id: "none", title: "no more than the instance", program: () => INSTANCE },
  {
    id: "file",
    title: `a \`File\` of ${FILE_MB} MB`,
    program: (dir) => `import * as pulumi from "@pulumi/pulumi";
${INSTANCE}
new multipass.File("f", { instance: vm.name, path: "/home/ubuntu/f", source: new pulumi.asset.FileAsset("${dir}/large") });`,
  },
  {
    id: "command",
    title: `a \`Command\` that prints ${OUTPUT_MB / 1000} GB`,
    talks: true,
    program: () => `${INSTANCE}
new multipass.Command("c", { instance: vm.name, create: ["print-it"] });`,
  },
];

/** Peak resident memory of the plugin, in MiB. */
async function peak({ program, talks }: Work): Promise<number> {
  const deployer: DoorDeployer = { name: "engine", open: engineStack, door: "plugin" };
  let memory = 0;
  await inLab(deployer, "", {}, async (lab) => {
    const large = openSync(join(lab.dir, "large"), "w");
    ftruncateSync(large, FILE_MB * MB);
    closeSync(large);
    const plugin = join(pluginFolder(lab.dir), "pulumi-resource-multipass-lab");
    writeFileSync(plugin, `#!/bin/sh\nexec "${process.execPath}" "${BUNDLE}" "$@"\n`);
    const client = join(lab.dir, "multipass");
    writeFileSync(client, TALKATIVE(lab.sim.bin), { mode: 0o755 });
    lab.write(program(lab.dir));
    if (talks) lab.env["MULTIPASS_BIN"] = client;
    const watch = new MemoryWatch();
    const result = await lab.stack.up({ onPlugin: watch.watch });
    memory = watch.stop();
    if (!result.ok) throw new Error(result.text);
    await lab.stack.destroy();
  });
  return memory;
}

async function run({ say }: RunOptions) {
  const peaks: Record<string, number> = {};
  for (const work of WORKS) {
    peaks[work.id] = await peak(work);
    say(`${work.title}: ${peaks[work.id]} MiB`);
  }
  const metric = (id: string, title: string): Metric => ({
    what: `peak memory of the plugin with ${title}, in MiB`,
    value: rounded(peaks[id] ?? Number.NaN, 0),
    goal: 150,
  });
  return {
    metrics: Object.fromEntries(WORKS.slice(1).map(({ id, title }) => [`streams.${id}`, metric(id, title)])),
    text: table(
      ["Peak resident memory of the plugin, with", "MiB"],
      WORKS.map(({ id, title }) => [title, peaks[id] ?? ""]),
    ),
  };
}

export const streams: Part = { id: "streams", title: "A large file and a long output", run };
