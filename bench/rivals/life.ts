import { type Cost, Lab } from "./lab.ts";
import { OPERATIONS, type Operation, type Tool } from "./tool.ts";

/** One operation of one tool on so many instances. */
export interface Sample extends Cost {
  tool: Tool;
  count: number;
  operation: Operation;
}

const BOOT_SECONDS = 1;

/** The operations that are measured; a program without resources has nothing to create or to change. */
const operationsOf = ({ empty, cannot }: Tool): readonly Operation[] =>
  empty ? ["no-op"] : OPERATIONS.filter((operation) => cannot?.[operation] === undefined);

/** All tools in turn, as often as asked for: other load on the computer affects all of them equally. */
export async function lives(
  tools: readonly Tool[],
  plan: readonly { count: number; rounds: number }[],
  say: (sample: Sample) => void,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  const labs: Lab[] = [];
  try {
    for (const tool of tools) labs.push(await Lab.open(tool, {}));
    for (const lab of labs) lab.ageDaemon();
    for (const { count, rounds } of plan) {
      for (let round = 0; round < rounds; round++) {
        for (const lab of labs) {
          for (const operation of operationsOf(lab.tool)) {
            const cost = await lab.measure(operation, count);
            const sample = { ...cost, tool: lab.tool, count, operation };
            samples.push(sample);
            say(sample);
          }
        }
      }
    }
  } finally {
    for (const lab of labs) await lab.close();
  }
  return samples;
}

/** Creates of instances that take a second to boot: what limits on launches at once cost. */
export async function boots(tools: readonly Tool[], count: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const tool of tools) {
    const lab = await Lab.open(tool, { faults: { guest: { bootSeconds: BOOT_SECONDS } } });
    try {
      lab.ageDaemon();
      const cost = await lab.measure("create", count);
      samples.push({ ...cost, tool, count, operation: "create" });
    } finally {
      await lab.close();
    }
  }
  return samples;
}
