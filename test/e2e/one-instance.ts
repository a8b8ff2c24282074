/** What the tests of one instance's life have in common. */
import assert from "node:assert/strict";
import type { Lab } from "./lab.ts";

/** A program with one instance. */
export const vm = (args: string, opts = "{}") =>
  `export const vm = new multipass.Instance("dev", { name: "dev", image: "24.04", ${args} }, ${opts});`;

export async function machine(lab: Lab, name = "dev") {
  const found = (await lab.sim.world()).instances[name];
  assert.ok(found, `there is no machine ${name}`);
  return found;
}

/** What was done to the machine since the last question, without questions. */
export function changes() {
  let seen = 0;
  return async ({ sim }: Lab) => {
    const calls = (await sim.calls()).slice(seen);
    seen += calls.length;
    const questions = ["version", "list", "info", "get", "exec", "find", "wait-ready"];
    return calls.filter(({ argv }) => !questions.includes(argv[0] ?? "")).map(({ argv }) => argv.join(" "));
  };
}
