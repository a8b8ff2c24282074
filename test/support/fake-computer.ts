import type { Examination } from "../../provider/host/check.ts";
import type { Computer } from "../../provider/host/computer.ts";
import { newExamination } from "../../provider/host/examination.ts";

const GIB = 1024 ** 3;

/** A healthy Linux host that looks up nothing on the real computer. */
export function fakeComputer(changes: Partial<Computer> = {}): Computer {
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

export function examinationOf(computer: Computer, multipassPath?: string): Examination {
  return newExamination(computer, { multipassPath, signal: new AbortController().signal });
}
