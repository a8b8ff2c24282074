import assert from "node:assert/strict";
import { deployers } from "../engine/index.ts";
import { inLab, succeeded } from "./lab.ts";

const program = (args: string) => `
const nodes = new multipass.InstanceGroup("node", { namePrefix: "node", ${args} });
export const names = nodes.names;
export const addresses = nodes.addresses;`;

// The plugin has no `InstanceGroup`, which is a component of the npm package.
for (const deployer of deployers()) {
  describe(`an instance group on the ${deployer.name}`, function () {
    // Each run of the real CLI takes seconds.
    this.timeout(240_000);

    it("creates its members, and grows and shrinks without touching the others", () => {
      const template = `template: ({ index }) => ({ cpus: 1, cloudInit: { seat: index } })`;
      const overrides = `overrides: { 1: { cpus: 2 }, 7: { cpus: 4 } }`;
      return inLab(
        deployer,
        program(`count: 2, ${template}, ${overrides}`),
        {},
        async ({ sim, stack, write, counts }) => {
          const world = async () => (await sim.world()).instances;
          const up = succeeded(await stack.up());
          assert.deepEqual(up.outputs["names"], ["node-0", "node-1"]);
          const addresses = up.outputs["addresses"] as Record<string, string>;
          assert.deepEqual(addresses, {
            "node-0": (await world())["node-0"]?.ipv4,
            "node-1": (await world())["node-1"]?.ipv4,
          });
          assert.deepEqual([(await world())["node-0"]?.cpus, (await world())["node-1"]?.cpus], [1, 2]);
          assert.match((await world())["node-1"]?.cloudInit ?? "", /seat: 1/);

          write(program(`count: 3, ${template}, ${overrides}`));
          const grown = succeeded(await stack.up());
          assert.equal(grown.summary.create, 1);
          assert.equal((await counts())["launch"], 3);
          assert.equal((await counts())["stop"], undefined);

          write(program(`count: 1, ${template}, ${overrides}`));
          const shrunk = succeeded(await stack.up());
          assert.equal(shrunk.summary.delete, 2);
          assert.deepEqual(Object.keys(await world()), ["node-0"]);
          assert.equal((await world())["node-0"]?.boots, 1);
        },
      );
    });

    it("staggers its members if told to, and refuses nonsense [long]", () =>
      inLab(deployer, program("count: 4, stagger: 2"), {}, async ({ sim, stack, write }) => {
        succeeded(await stack.up());
        const launches = (await sim.calls()).filter(({ argv }) => argv[0] === "launch");
        const of = (name: string) => launches.find(({ argv }) => argv[2] === name);
        for (const [one, other] of [
          ["node-0", "node-2"],
          ["node-1", "node-3"],
        ] as const) {
          assert.ok((of(one)?.endedAt ?? Infinity) <= (of(other)?.startedAt ?? 0), `${other} before ${one}`);
        }
        write(program("count: -1"));
        const refused = await stack.up();
        assert.equal(refused.ok, false);
        assert.match(refused.text, /count must be a whole number, 0 or more/);
      }));
  });
}
