import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import type { Simulator } from "../../simulator/src/index.ts";

/** Process ids of what runs for this host alone: the clients of its Multipass, or the runners of its launches. */
export async function victims(kind: "client" | "runner", sim: Simulator, dir: string): Promise<number[]> {
  if (kind === "runner") return runners(dir);
  const { stdout } = await execa("ps", ["-A", "-o", "pid=,args="], { reject: false });
  return (
    stdout
      .split("\n")
      // The path of its world is among the arguments of every client, and of no other process but the daemon.
      .filter((line) => line.includes(sim.dir) && !line.includes("daemon/main"))
      .map((line) => Number.parseInt(line, 10))
  );
}

/** A runner is known by the journal alone, as it is to the provider. */
function runners(dir: string): number[] {
  const pids: number[] = [];
  if (!existsSync(join(dir, "journal"))) return pids;
  for (const file of readdirSync(join(dir, "journal"), { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".json") || file.includes("launches")) continue;
    try {
      const { launch } = JSON.parse(readFileSync(join(dir, "journal", file), "utf8"));
      if (typeof launch?.pid === "number") pids.push(launch.pid);
    } catch {
      // Replaced or removed meanwhile.
    }
  }
  return pids;
}
