import type { Examination } from "../../provider/cli/doctor/check.ts";
import { newExamination } from "../../provider/cli/doctor/examination.ts";
import type { Machine } from "../../provider/cli/doctor/machine.ts";

const GIB = 1024 ** 3;

/** A healthy Linux host on which nothing is looked up for real. */
export function fakeMachine(changes: Partial<Machine> = {}): Machine {
  return {
    platform: "linux",
    env: {},
    now: () => 1_000_000_000,
    home: () => "/home/me",
    exists: () => true,
    isUsable: () => true,
    realPath: (path) => path,
    modified: () => undefined,
    addresses: () => ["eth0 192.0.2.7"],
    resolvers: () => ["192.0.2.1"],
    lookup: async () => {},
    readIndex: async () => {},
    memory: () => ({ free: 8 * GIB, total: 16 * GIB }),
    freeDisk: async () => 100 * GIB,
    processes: () => [],
    ...changes,
  };
}

export function examinationOf(machine: Machine, multipassPath?: string): Examination {
  return newExamination(machine, { multipassPath, signal: new AbortController().signal });
}
