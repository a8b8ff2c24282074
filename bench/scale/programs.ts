import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** So many instances, each with its size given. */
export const instances = (count: number): string => `
for (let i = 0; i < ${count}; i++)
  new multipass.Instance("vm" + i, { name: "vm" + i, cpus: 1, memory: "1G", disk: "5G" });
`;

/** The same number of the least that a dynamic resource can be: what Pulumi costs without us. */
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
