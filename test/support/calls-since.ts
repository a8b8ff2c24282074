import type { Simulator } from "../../simulator/src/index.ts";

/** What changes nothing on the host. A command in a guest is none of the host's business. */
const QUESTIONS = ["version", "list", "info", "get", "exec", "find", "wait-ready"];

/** The calls since they were last asked for, or ever, as lines: `stop dev`. */
export function callsSince(sim: Simulator): () => Promise<string[]> {
  let seen = 0;
  return async () => {
    const since = (await sim.calls()).slice(seen);
    seen += since.length;
    return since.map(({ argv }) => argv.join(" "));
  };
}

/** The same without those that only ask. */
export function deedsSince(sim: Simulator): () => Promise<string[]> {
  const calls = callsSince(sim);
  return async () => (await calls()).filter((line) => !QUESTIONS.includes(commandOf(line)));
}

export const commandOf = (line: string): string => line.split(" ", 1)[0] ?? "";
