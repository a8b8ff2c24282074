/** Shared by the tests of an instance's life. */
import assert from "node:assert/strict";
import type { Lab } from "./lab.ts";

/** A program with one instance. */
export const vm = (args: string, opts = "{}") =>
  `export const vm = new multipass.Instance("dev", { name: "dev", image: "24.04", ${args} }, ${opts});`;

export async function instance(lab: Lab, name = "dev") {
  const found = (await lab.sim.world()).instances[name];
  assert.ok(found, `there is no machine ${name}`);
  return found;
}
