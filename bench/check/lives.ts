/** What a stack costs on the test engine: calls of the client, time and memory. */
import type { Lab } from "../../test/e2e/lab.ts";
import { engineStack } from "../../test/engine/index.ts";
import { life, noOpRatio } from "../scale/index.ts";
import type { Measured } from "./verdict.ts";

const COUNTS = [1, 10, 30];
const engine = { name: "test engine", open: engineStack };

/** Calls are counted, so that they say the same on every computer; how many creates share one depends on time. */
export async function lives(
  counts: readonly number[] = COUNTS,
  prepare?: (lab: Lab) => void,
): Promise<Measured> {
  const measured: Record<string, number> = {};
  const memory: number[] = [];
  for (const count of counts) {
    const { costs } = await life(engine, count, prepare);
    measured[`check.create.${count}`] = costs.create.calls - 2 * count;
    measured[`check.no-op.${count}`] = costs["no-op"].calls;
    measured[`check.refresh.${count}`] = costs.refresh.calls;
    measured[`check.destroy.${count}`] = costs.destroy.calls - count;
    memory.push(costs.create.memory);
  }
  const [one = 0, many = 0] = [memory.at(0), memory.at(-1)];
  // Only Linux tells the memory of another process.
  return one > 0 && counts.length > 1 ? { ...measured, "check.memory": many / one } : measured;
}

/** The time of an `up` without changes, over that of one with plain resources. */
export async function noOp(): Promise<Measured> {
  return { "check.no-op-time": await noOpRatio(engine, 10, 2) };
}
