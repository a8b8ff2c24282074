import type { InstanceInputs } from "../provider/core/instance/model.ts";

/** The arguments of an instance to measure with, as a door hands them over. */
export const instanceNamed = (name: string): InstanceInputs => ({
  name,
  cpus: 1,
  memory: "1G",
  disk: "5G",
  owner: `urn:pulumi:bench::bench::pulumi-nodejs:dynamic/multipass:Instance::${name}`,
});
