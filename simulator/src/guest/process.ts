import type { GuestFileSystem, GuestUser } from "./file-system.ts";

/** The instance in which guest commands run. */
export interface GuestMachine {
  readonly name: string;
  readonly files: GuestFileSystem;
  readonly cpus: number;
  readonly memory: number;
  readonly ipv4: string;
  readonly release: string;
  /** Simulated milliseconds since the boot. */
  uptime(): number;
  date(): Date;
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  cloudInit(): CloudInitState;
  /** Simulated milliseconds until cloud-init finishes. */
  untilCloudInit(): number;
  /** The service that listens on a port, if any. */
  port(port: number): { body: string } | undefined;
  listening(): number[];
  /** Whether hosts outside are reachable. */
  online(host: string): boolean;
  /** A number from 0 to below 1, determined by the seed. */
  random(): number;
  /** A scripted answer from the fault plan. */
  scripted(line: string): { stdout: string; stderr: string; exitCode: number; seconds: number } | undefined;
  /** The guest powers off or reboots on its own. */
  power(deed: "off" | "reboot"): void;
}

export interface CloudInitState {
  outcome: "done" | "error" | "degraded";
  running: boolean;
  errors: string[];
  recoverableErrors: Record<string, string[]>;
}

/** The streams of a process. */
export interface Streams {
  read(): Promise<Buffer>;
  out(data: string | Uint8Array): void;
  err(data: string | Uint8Array): void;
}

/** The environment of a process, which its child processes inherit. */
export interface Process {
  readonly machine: GuestMachine;
  user: GuestUser;
  cwd: string;
  readonly env: Map<string, string>;
  readonly io: Streams;
  /** Aborted when the process is killed, alone or with its instance. */
  readonly signal: AbortSignal;
}

/** A process with some properties of its own; it inherits the rest from its parent. */
export function derive(parent: Process, changes: Partial<Process>): Process {
  const { machine, user, cwd, env, io, signal } = parent;
  return { machine, user, cwd, env, io, signal, ...changes };
}

/** Thrown when the instance loses power, or is suspended, while the process runs. */
export class MachineGone extends Error {}

/** A process was ended by a signal. */
export class KilledBySignal extends Error {
  readonly signal: string;

  constructor(signal: string) {
    super(`killed by ${signal}`);
    this.signal = signal;
  }
}
