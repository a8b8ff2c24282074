import { cpus, loadavg, type as osType, release, totalmem } from "node:os";

/** Describes the computer that ran the benchmark, and how busy it was otherwise. */
export function machine(): string {
  const all = cpus();
  const gib = Math.round(totalmem() / 1024 ** 3);
  return `${all[0]?.model.trim() || "unknown processor"}, ${all.length} cores, ${gib} GiB memory, ${osType()} ${release().split(/[-+]/)[0]} (${process.arch}), Node.js ${process.version}; load average ${(loadavg()[1] ?? 0).toFixed(1)}`;
}
