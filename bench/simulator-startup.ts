/**
 * How long one call of the simulated `multipass` takes, compared with a bare `node -e 0`. A test suite makes
 * hundreds of these calls.
 *
 *     node bench/simulator-startup.ts [rounds]
 */
import { spawnSync } from "node:child_process";
import { startSimulator } from "../simulator/src/index.ts";

const rounds = Number(process.argv[2] ?? 30);

const at = (times: number[], share: number) => {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * share)] as number;
};

const sim = await startSimulator();
spawnSync(sim.bin, ["launch", "--name", "vm"]);
const commands: [title: string, command: string, args: string[]][] = [
  ["node -e 0", process.execPath, ["-e", "0"]],
  ["multipass version", sim.bin, ["version"]],
  ["multipass list", sim.bin, ["list", "--format", "json"]],
  ["multipass exec", sim.bin, ["exec", "vm", "--", "true"]],
];
// Alternates between the commands, so that other load on the computer affects all of them equally.
const times = commands.map((): number[] => []);
for (let round = 0; round < rounds; round += 1) {
  for (const [index, [, command, args]] of commands.entries()) {
    const started = performance.now();
    spawnSync(command, args);
    times[index]?.push(performance.now() - started);
  }
}
const base = at(times[0] ?? [], 0.5);
console.log("command              median      p95   of node -e 0");
for (const [index, [title]] of commands.entries()) {
  const [median, p95] = [at(times[index] ?? [], 0.5), at(times[index] ?? [], 0.95)];
  const cells = [title.padEnd(18), `${median.toFixed(1)} ms`.padStart(8), `${p95.toFixed(1)} ms`.padStart(8)];
  console.log(`${cells.join(" ")}   ${(median / base).toFixed(2)}`);
}
await sim.close();
