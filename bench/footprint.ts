import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { inLab } from "../test/e2e/lab.ts";
import { engineStack } from "../test/engine/index.ts";
import { type Metric, type Part, type RunOptions, rounded, table } from "./measure.ts";
import { instances } from "./scale/programs.ts";

const WAITING = 300;
/** Once memory has not grown for this many ms, all creates are waiting. */
const QUIET_MS = 8_000;

interface Installed {
  packages: number;
  /** MiB. */
  size: number;
  own: number;
}

function sizeOf(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return files.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0) / 1024 ** 2;
}

/** Installs the published package in an empty project, without the SDK that every Pulumi program has. */
async function install(): Promise<Installed> {
  const folder = await mkdtemp(join(tmpdir(), "multipass-footprint-"));
  try {
    const packing = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder];
    const packed = await execa("npm", packing, { cwd: join(import.meta.dirname, "..") });
    const [{ filename }] = JSON.parse(packed.stdout);
    await writeFile(join(folder, "package.json"), JSON.stringify({ name: "empty", private: true }));
    await execa("npm", ["install", "--omit=peer", "--no-audit", "--no-fund", join(folder, filename)], {
      cwd: folder,
    });
    const lock = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8"));
    const installed = Object.entries<{ peer?: boolean }>(lock.packages).filter(
      ([path, { peer }]) => path.startsWith("node_modules/") && !peer,
    );
    const modules = join(folder, "node_modules");
    return {
      packages: installed.length - 1,
      size: sizeOf(modules),
      own: sizeOf(join(modules, "pulumi-multipass")),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function memoryOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024;
}

/** Resident memory, in MiB, of a plugin process in which `count` creates wait for the network. */
async function waiting(count: number): Promise<number> {
  let memory = 0;
  const simulator = { faults: { networkOutages: [{}] } };
  await inLab({ name: "engine", open: engineStack }, instances(count), { simulator }, async ({ stack }) => {
    const plugin = Promise.withResolvers<number>();
    const up = stack.up({ parallel: count, onPlugin: plugin.resolve });
    const pid = await plugin.promise;
    for (let since = performance.now(); performance.now() - since < QUIET_MS; await delay(500)) {
      const now = memoryOf(pid);
      if (now > memory + 1) since = performance.now();
      memory = Math.max(memory, now);
    }
    process.kill(pid, "SIGKILL");
    await up;
  });
  return memory;
}

async function run({ quick, say }: RunOptions) {
  const { packages, size, own } = await install();
  say(`${packages} dependencies, ${size.toFixed(1)} MiB, of which ${own.toFixed(1)} MiB are its own`);
  const metrics: Record<string, Metric> = {
    "footprint.packages": {
      what: "packages that are installed with it",
      value: packages,
    },
    "footprint.size": { what: "MiB that are installed, the SDK aside", value: rounded(size, 1) },
  };
  const rows: (string | number)[][] = [
    ["Packages installed with it, the SDK aside", packages],
    ["Installed size in MiB", size.toFixed(1)],
    ["of which its own", own.toFixed(1)],
  ];
  if (!quick && process.platform === "linux") {
    const one = await waiting(1);
    const many = await waiting(WAITING);
    say(`plugin with 1 waiting create ${one.toFixed(0)} MiB, with ${WAITING} ${many.toFixed(0)} MiB`);
    metrics["footprint.waiting"] = {
      what: `MiB of the dynamic provider with ${WAITING} waiting creates over one with a single one`,
      value: rounded(many - one, 0),
      goal: 60,
    };
    rows.push(
      ["Resident memory of the plugin process with one waiting create, in MiB", one.toFixed(0)],
      [`with ${WAITING} waiting creates, in MiB`, many.toFixed(0)],
    );
  }
  return { metrics, text: table(["", ""], rows) };
}

export const footprint: Part = { id: "footprint", title: "Footprint", run };
