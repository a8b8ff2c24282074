/**
 * Asks whether anything got worse, by counts and ratios that mean about the same on every computer. The noise of each
 * is not guessed: it comes from repeated runs of one version, quiet and beside busy loops.
 */
import { spawn } from "node:child_process";
import { PROBES, type Probe, SLACK, WHAT } from "./probes.ts";
import { type Baselines, baselineOf, worse } from "./verdict.ts";

/** Runs of a recording, of each kind. */
const RUNS = 4;
const BUSY_LOOPS = 4;

type Say = (message: string) => void;

function probesOf(asked: readonly string[] = Object.keys(PROBES)): Probe[] {
  return asked.map((id) => {
    const probe = PROBES[id];
    if (!probe) throw new Error(`there is no probe "${id}": choose of ${Object.keys(PROBES).join(", ")}`);
    return probe;
  });
}

/** Complaints of a probe. It is tried again first: what chance makes worse once is rarely worse twice. */
export async function complaintsOf(probe: Probe, baselines: Baselines, say: Say): Promise<string[]> {
  const measured = await probe();
  say(JSON.stringify(measured));
  const suspects = worse(measured, baselines);
  if (suspects.size === 0) return [];
  for (const line of suspects.values()) say(`Measures again: ${line}`);
  const again = worse(await probe(), baselines);
  return [...again].flatMap(([id, line]) => (suspects.has(id) ? [line] : []));
}

/** Says what is worse than its baseline. */
export async function check(baselines: Baselines, say: Say, asked?: readonly string[]): Promise<string[]> {
  const complaints: string[] = [];
  for (const probe of probesOf(asked)) complaints.push(...(await complaintsOf(probe, baselines, say)));
  return complaints;
}

/** Keeps the processors busy until the returned function is called, or this process has ended. */
export function busyLoops(): () => void {
  const loops = Array.from({ length: BUSY_LOOPS }, () =>
    spawn(process.execPath, ["--eval", `while (process.ppid === ${process.pid});`], { stdio: "ignore" }),
  );
  return () => {
    for (const loop of loops) loop.kill("SIGKILL");
  };
}

/** Repeats the check, quiet and under load, and tells what may be expected from now on. */
export async function record(say: Say, asked?: readonly string[]): Promise<Baselines> {
  const repeat = async (kind: string) => {
    const values: Record<string, number[]> = {};
    for (let run = 1; run <= RUNS; run++) {
      say(`${kind}, run ${run} of ${RUNS}`);
      for (const probe of probesOf(asked)) {
        const measured = await probe();
        say(JSON.stringify(measured));
        for (const [id, value] of Object.entries(measured)) {
          values[id] ??= [];
          values[id].push(value);
        }
      }
    }
    return values;
  };
  const quiet = await repeat("quiet");
  const stop = busyLoops();
  const loaded = await repeat(`beside ${BUSY_LOOPS} busy loops`).finally(stop);
  return Object.fromEntries(
    Object.entries(quiet).map(([id, values]) => {
      const shown = (all: readonly number[]) => all.map((one) => Number(one.toPrecision(3))).join(" ");
      say(`${id}: ${shown(values)}; loaded ${shown(loaded[id] ?? [])}`);
      return [id, baselineOf(WHAT[id] ?? id, values, loaded[id] ?? [], SLACK[id])];
    }),
  );
}
