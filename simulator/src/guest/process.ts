import type { GuestFileSystem, GuestUser } from "./file-system.ts";

/** The machine in which guest commands run. */
export interface GuestMachine {
  readonly name: string;
  readonly files: GuestFileSystem;
  readonly cpus: number;
  readonly memory: number;
  readonly ipv4: string;
  readonly release: string;
  /** Milliseconds of simulated time since the boot. */
  uptime(): number;
  date(): Date;
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  cloudInit(): CloudInitState;
  /** Simulated milliseconds until cloud-init is over. */
  untilCloudInit(): number;
  /** What answers on a port. */
  port(port: number): { body: string } | undefined;
  listening(): number[];
  /** Whether hosts outside can be reached. */
  online(host: string): boolean;
  /** From 0 to below 1; the seed decides. */
  random(): number;
  /** A scripted answer from the fault plan. */
  scripted(line: string): { stdout: string; stderr: string; exitCode: number; seconds: number } | undefined;
  /** The guest goes down or reboots by its own will. */
  power(deed: "off" | "reboot"): void;
}

export interface CloudInitState {
  outcome: "done" | "error" | "degraded";
  running: boolean;
  errors: string[];
  recoverableErrors: Record<string, string[]>;
}

/** Where a process reads and writes. */
export interface Streams {
  read(): Promise<Buffer>;
  out(data: string | Uint8Array): void;
  err(data: string | Uint8Array): void;
}

/** What a process has, and hands on to those that it starts. */
export interface Process {
  readonly machine: GuestMachine;
  user: GuestUser;
  cwd: string;
  readonly env: Map<string, string>;
  readonly io: Streams;
  /** Aborted when the process is killed, be it alone or with its machine. */
  readonly signal: AbortSignal;
}

/** A process with some things of its own and the rest of its parent. */
export function derive(parent: Process, changes: Partial<Process>): Process {
  const { machine, user, cwd, env, io, signal } = parent;
  return { machine, user, cwd, env, io, signal, ...changes };
}

/** The machine lost its power, or its state was saved, under the process. */
export class MachineGone extends Error {}

/** A process was ended by a signal. */
export class KilledBySignal extends Error {
  readonly signal: string;

  constructor(signal: string) {
    super(`killed by ${signal}`);
    this.signal = signal;
  }
}
