import { spawn } from "node:child_process";
import { once } from "node:events";
import { everyProcess, read, type Stat, statOf } from "../proc.ts";

/** What a command cost, with all processes that it has started. */
export interface Usage {
  /** Real seconds. */
  seconds: number;
  /** Seconds of processor time. */
  processor: number;
  /** The most resident memory of all processes together, in MiB, without the clients of Multipass. */
  memory: number;
  ok: boolean;
  output: string;
}

const LOOK_MS = 100;

/** Processor time of the children of this process that have ended and been waited for. */
const ofEndedChildren = () => statOf("self")?.children ?? 0;

/** Whether it is the simulator's `multipass`, whose memory says nothing about the real one's. */
const isClient = (pid: number) => /^$|^\S*perl\0|client\.mjs\0/.test(read(`/proc/${pid}/cmdline`));

/** A command and all its descendants, also those that have left its session or outlived their parent. */
export class Run {
  readonly ended: Promise<Usage>;
  /** Receives what the command prints. */
  onOutput: (text: string) => void = () => undefined;
  readonly #family = new Map<number, Stat>();
  readonly #root: number;
  #memory = 0;

  constructor(
    [program, ...args]: readonly [string, ...string[]],
    options: { cwd: string; env: NodeJS.ProcessEnv },
  ) {
    const [begun, before] = [performance.now(), ofEndedChildren()];
    const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    this.#root = child.pid as number;
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (data: Buffer) => {
        output += data.toString();
        this.onOutput(data.toString());
      });
    }
    const timer = setInterval(() => this.#look(), LOOK_MS);
    this.ended = once(child, "exit").then(([code]) => {
      const seconds = (performance.now() - begun) / 1000;
      const processor = ofEndedChildren() - before + this.#ofOrphans();
      clearInterval(timer);
      return { seconds, processor, memory: this.#memory, ok: code === 0, output };
    });
  }

  /** Kills every process of the command at once, the clients of Multipass included. */
  kill(): void {
    // A second look finds what was being started meanwhile.
    for (let round = 0; round < 3; round++) {
      for (const { pid } of this.#look()) {
        try {
          process.kill(pid, "SIGKILL");
        } catch {
          // It has ended by itself.
        }
      }
    }
  }

  /** Notes what lives now. */
  #look(): Stat[] {
    const all = everyProcess();
    const parents = new Map(all.map(({ pid, parent }) => [pid, parent]));
    const belongs = ({ pid, started }: Stat): boolean => {
      if (this.#family.get(pid)?.started === started) return true;
      for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at)) {
        if (at === this.#root || (at !== pid && this.#family.has(at))) return true;
      }
      return false;
    };
    const alive = all.filter(belongs);
    for (const one of alive) this.#family.set(one.pid, one);
    const memory = alive.filter(({ pid }) => !isClient(pid)).reduce((sum, one) => sum + one.memory, 0);
    this.#memory = Math.max(this.#memory, memory);
    return alive;
  }

  /** Processor time of those whose parent ended before them, which nobody waits for. */
  #ofOrphans(): number {
    const orphans = [...this.#family.values()].filter(
      ({ pid, parent }) => pid !== this.#root && !this.#family.has(parent),
    );
    return orphans.reduce((sum, { own, children }) => sum + own + children, 0);
  }
}
