import assert from "node:assert/strict";
import { execa } from "execa";
import { engineStack } from "../engine/index.ts";
import { callsSince, commandOf } from "../support/calls-since.ts";
import { doors, inLab, succeeded, up } from "./lab.ts";

const COUNT = 30;

const program = `
for (let i = 0; i < ${COUNT}; i++) {
  new multipass.Instance("vm" + i, { name: "vm" + i, cpus: 1, memory: "1G", disk: "5G" });
}`;

// Runs on the engine alone: the cost of many does not depend on the engine, and the benchmarks measure both.
for (const deployer of doors().filter(({ open }) => open === engineStack)) {
  describe(`a stack of ${COUNT} instances on the ${deployer.name}`, () => {
    it("is created, left alone, refreshed and destroyed, beside an instance of somebody else [long]", () =>
      inLab(deployer, program, {}, async (lab) => {
        await execa(lab.sim.bin, ["launch", "--name", "other"]);
        const calls = callsSince(lab.sim);
        const count = (all: string[], command: string) =>
          all.filter((one) => commandOf(one) === command).length;
        await calls();

        assert.equal((await up(lab)).summary.create, COUNT + 1);
        assert.equal(count(await calls(), "launch"), COUNT);
        const { instances } = await lab.sim.world();
        assert.deepEqual(new Set(Object.values(instances).map(({ state }) => state)), new Set(["Running"]));
        const made = (await lab.stack.state()).resources.filter(({ custom }) => custom);
        assert.equal(new Set(made.map(({ outputs }) => outputs["ipAddress"])).size, COUNT);
        assert.ok(made.every(({ outputs }) => outputs["ready"] === true));

        assert.equal((await up(lab)).summary.update ?? 0, 0);
        assert.deepEqual(await calls(), []);

        succeeded(await lab.stack.refresh());
        const asked = await calls();
        assert.ok(asked.length <= 3, asked.join());
        assert.equal((await up(lab)).summary.update ?? 0, 0);
        assert.deepEqual(await calls(), []);

        succeeded(await lab.stack.destroy());
        assert.equal(count(await calls(), "delete"), COUNT);
        assert.deepEqual(Object.keys((await lab.sim.world()).instances), ["other"]);
      }));
  });
}
