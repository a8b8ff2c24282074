import type { Examination } from "../../provider/readiness/checks/check.ts";
import { newExamination } from "../../provider/readiness/checks/examination.ts";
import type { Machine } from "../../provider/readiness/checks/machine.ts";

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
    readText: () => undefined,
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
