import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import type { SimulatedHost } from "../support/simulated-host.ts";
import { until } from "../support/until.ts";

/** Commands that change something. What was asked before one and after the one before leaves nothing to be told apart. */
const CHANGES =
  "alias|clone|delete|exec|mount|restore|set|snapshot|start|stop|suspend|transfer|umount|unalias";

/**
 * What happens at the chosen change: the process that asked for it is killed, its connection is cut, or the client
 * waits for the test.
 */
const ACTS = {
  "kill -9": `kill -9 "$(cat '{asker}' 2>/dev/null || echo $PPID)"; exit 1`,
  cut: "'{cut}'; exit 1",
  wait: "touch '{reached}'; n=0; while [ ! -e '{go}' ] && [ $n -lt 600 ]; do sleep 0.1; n=$((n + 1)); done",
};

export type Act = keyof typeof ACTS;

/** A client that counts the changes, and acts right before or right after one of them. */
export class DeadlyClient {
  readonly path: string;
  readonly #dir: string;

  constructor({ sim, dir }: SimulatedHost, act: Act) {
    this.#dir = dir;
    this.path = join(dir, "client");
    const script = `#!/bin/sh
case "$1" in
  ${CHANGES.replaceAll("|", " | ")}) echo "$1" >> '{count}' ;;
  *) exec '${sim.bin}' "$@" ;;
esac
at="$(wc -l < '{count}' | tr -d ' ')"
moment="$(cat '{moment}' 2>/dev/null)"
[ "$moment" = "before $at" ] && { ${ACTS[act]}; }
'${sim.bin}' "$@"
code=$?
[ "$moment" = "after $at" ] && { ${ACTS[act]}; }
exit $code
`;
    writeFileSync(
      this.path,
      script.replace(/\{(\w+)\}/g, (_, name) => join(dir, name)),
      { mode: 0o755 },
    );
  }

  /** Names the process that asks for the changes, if it is not the client's own parent. */
  isAskedBy(pid: number | undefined): void {
    writeFileSync(join(this.#dir, "asker"), String(pid));
  }

  /** Changes so far. */
  async changes(): Promise<number> {
    const count = join(this.#dir, "count");
    return existsSync(count) ? Number((await execa("wc", ["-l", count])).stdout.trim().split(" ")[0]) : 0;
  }

  /** @param moment such as `before 2`; no change of that number never comes */
  actsAt(moment: string): void {
    writeFileSync(join(this.#dir, "moment"), moment);
  }

  /** Resolves once the client waits. */
  async waits(): Promise<void> {
    await until(() => existsSync(join(this.#dir, "reached")));
  }

  goOn(): void {
    writeFileSync(join(this.#dir, "go"), "");
  }
}
