import { everyProcess, read, type Stat } from "../proc.ts";

/** Whose work a process does. */
export type Share = "plugin" | "ssh" | "engine" | "program" | "hosts";

export interface Shares {
  /** Seconds of processor time. */
  processor: Record<Share, number>;
  /** MiB of resident memory at most. */
  memory: Record<"plugin" | "engine", number>;
}

const LOOK_MS = 100;

/** Whose process it is, by its arguments. The engine in this process is not looked for. */
function shareOf(pid: number): Share | undefined {
  const args = read(`/proc/${pid}/cmdline`).replaceAll("\0", " ");
  if (/pulumi-resource-(?:multipass-lab|plain)\b|plain-provider\.ts/.test(args)) return "plugin";
  if (/^\S*pulumi (?!.*\bversion\b)/.test(args)) return "engine";
  if (/pulumi-language-|language-|\/run\/index|program-host/.test(args)) return "program";
  if (/^ssh:? /.test(args)) return "ssh";
  if (/^\S*sshd\b|daemon\/main\./.test(args)) return "hosts";
  return undefined;
}

/** Adds up what the processes below this one cost, by whose work they do. Linux only. */
export class Watch {
  readonly #before: Map<number, Stat>;
  readonly #last = new Map<number, Stat>();
  readonly #shares = new Map<number, Share | undefined>();
  readonly #memory = { plugin: 0, engine: 0 };
  readonly #timer: NodeJS.Timeout;
  readonly #inThisProcess: boolean;
  readonly #cpu = process.cpuUsage();

  /** @param options.isEngine whether this process runs the engine */
  constructor({ isEngine }: { isEngine: boolean }) {
    this.#inThisProcess = isEngine;
    this.#look();
    this.#before = new Map(this.#last);
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  stop(): Shares {
    clearInterval(this.#timer);
    this.#look();
    const processor: Shares["processor"] = { plugin: 0, ssh: 0, engine: 0, program: 0, hosts: 0 };
    for (const [pid, { own, children }] of this.#last) {
      const share = this.#shares.get(pid);
      if (!share) continue;
      const before = this.#before.get(pid) ?? { own: 0, children: 0 };
      processor[share] += own - before.own;
      // The children of a plugin are the calls of ssh, and those of a server the sessions of a host.
      if (share === "plugin") processor.ssh += children - before.children;
      if (share === "hosts") processor.hosts += children - before.children;
    }
    if (this.#inThisProcess) {
      const { user, system } = process.cpuUsage(this.#cpu);
      processor.engine += (user + system) / 1e6;
    }
    return { processor, memory: this.#memory };
  }

  #look(): void {
    const all = new Map(everyProcess().map((stat) => [stat.pid, stat]));
    for (const [pid, stat] of all) {
      if (!this.#shares.get(pid) && !isBelow(pid, all)) continue;
      const share = shareOf(pid) ?? this.#shares.get(pid);
      this.#shares.set(pid, share);
      this.#last.set(pid, stat);
      if (share === "plugin" || share === "engine") {
        const [, peak = "0"] = /^VmHWM:\s+(\d+)/m.exec(read(`/proc/${pid}/status`)) ?? [];
        this.#memory[share] = Math.max(this.#memory[share], Number(peak) / 1024);
      }
    }
  }
}

function isBelow(pid: number, all: ReadonlyMap<number, Stat>): boolean {
  for (let at = all.get(pid)?.parent; at !== undefined && at > 1; at = all.get(at)?.parent)
    if (at === process.pid) return true;
  return false;
}
