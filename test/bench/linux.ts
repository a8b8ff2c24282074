/** Tests of what only Linux tells of processes. */
import type { Context } from "mocha";

/** A program for Node.js that uses the processor for this many seconds. */
export const busy = (seconds: number) =>
  `const before = process.cpuUsage(); while (process.cpuUsage(before).user < ${seconds * 1e6});`;

/** Skips tests of `what` elsewhere, and says so. */
export function needsLinux(context: Context, what: string): void {
  if (process.platform === "linux") return;
  process.stderr.write(`\n*** ${what}: NOT TESTED, since only Linux tells it ***\n\n`);
  context.skip();
}
