import type { Simulator } from "../../simulator/src/index.ts";

/** Commands that change nothing on the host. Commands in a guest do not affect the host. */
const QUESTIONS = ["version", "list", "info", "get", "exec", "find", "wait-ready"];

/** Returns the calls since the previous request, or since the start, as lines such as `stop dev`. */
export function callsSince(sim: Simulator): () => Promise<string[]> {
  let seen = 0;
  return async () => {
    const since = (await sim.calls()).slice(seen);
    seen += since.length;
    return since.map(({ argv }) => argv.join(" "));
  };
}

/** Like {@link callsSince}, without the calls that only ask. */
export function deedsSince(sim: Simulator): () => Promise<string[]> {
  const calls = callsSince(sim);
  return async () => (await calls()).filter((line) => !QUESTIONS.includes(commandOf(line)));
}

export const commandOf = (line: string): string => line.split(" ", 1)[0] ?? "";
