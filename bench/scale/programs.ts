import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** A program with `count` instances, each with an explicit size. */
export const instances = (count: number): string => `
for (let i = 0; i < ${count}; i++)
  new multipass.Instance("vm" + i, { name: "vm" + i, cpus: 1, memory: "1G", disk: "5G" });
`;

/** Writes a program with as many minimal dynamic resources: the cost of Pulumi without us. */
export function writePlainProgram(dir: string, count: number): void {
  writeFileSync(
    join(dir, "index.ts"),
    `import * as pulumi from "@pulumi/pulumi";
const provider = { create: async (inputs) => ({ id: inputs.name, outs: inputs }) };
class Plain extends pulumi.dynamic.Resource {
  constructor(name, args) { super(provider, name, args); }
}
for (let i = 0; i < ${count}; i++)
  new Plain("vm" + i, { name: "vm" + i, cpus: 1, memory: "1G", disk: "5G" });
`,
  );
}
