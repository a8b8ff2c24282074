import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FaultPlan, type Simulator, startSimulator } from "../../simulator/src/index.ts";
import { noteCalls } from "../support/logs.ts";
import { type Outcome, run } from "../support/run.ts";

/** The `multipass` whose behaviour is put to the test: the simulator, or a real one. */
export interface Subject {
  readonly title: string;
  /** The version as the client prints it. */
  readonly multipass: string;
  /** Major and minor version as one number, 1.17 as 117. */
  readonly version: number;
  /** A real daemon: slow, shared with others, and nothing can be made to fail at will. */
  readonly real: boolean;
  /** The image that statements launch. */
  readonly image: string;
  /** The name of an instance of this run; no other is ever touched. */
  name(suffix: string): string;
  /** An empty folder on the host. */
  readonly folder: string;
  run(args: string[], input?: string): Promise<Outcome>;
  /** Another simulator of the same version, with faults. Never asked of a real subject. */
  faulty(faults: FaultPlan, timeScale?: number): Promise<Simulator>;
  close(): Promise<void>;
}

/** `1.17.0-dev.3854` as 117. */
export const versionNumber = (text: string) => {
  const [major = 0, minor = 0] = text.split(".").map((part) => Number.parseInt(part, 10));
  return major * 100 + minor;
};

/** A prefix that tells the instances of this run from all others on a real host. */
const prefix = `contract-${process.pid}-${Date.now().toString(36)}`;

export async function simulated(version: string): Promise<Subject> {
  const sim = noteCalls(await startSimulator({ version }));
  const folder = mkdtempSync(join(tmpdir(), "contract-"));
  return {
    title: `the simulator as ${version}`,
    multipass: version,
    version: versionNumber(version),
    real: false,
    image: "24.04",
    name: (suffix) => `${prefix}-${suffix}`,
    folder,
    run: (args, input = "") => run(sim.bin, args, { input }),
    faulty: (faults, timeScale = 1) => startSimulator({ version, faults, timeScale }),
    close: async () => {
      await sim.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function real(bin: string): Promise<Subject> {
  const { stdout } = await run(bin, ["version", "--format", "json"]);
  const { multipass } = JSON.parse(stdout) as { multipass: string };
  // Under the home directory, since a snap cannot read anywhere else.
  const folder = mkdtempSync(join(process.env["HOME"] ?? tmpdir(), "multipass-contract-"));
  return {
    title: `${bin} (${multipass})`,
    multipass,
    version: versionNumber(multipass),
    real: true,
    image: process.env["MULTIPASS_CONTRACT_IMAGE"] ?? "24.04",
    name: (suffix) => `${prefix}-${suffix}`,
    folder,
    run: (args, input = "") => run(bin, args, { input }),
    faulty: () => Promise.reject(new Error("Nothing can be made to fail on a real host")),
    close: async () => {
      const { stdout: listed } = await run(bin, ["list", "--format", "json", "--no-ipv4"]);
      const { list } = JSON.parse(listed) as { list: { name: string }[] };
      for (const { name } of list) if (name.startsWith(prefix)) await run(bin, ["delete", "--purge", name]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
