import assert from "node:assert/strict";
import { execa } from "execa";
import { doors, inLab } from "./lab.ts";

const program = (args: string) => `new multipass.Instance("dev", { name: "dev", adopt: true, ${args} });`;
const NAMED = `image: "22.04", cloudInit: { packages: ["git"] }, networks: [{ name: "eth0" }]`;

for (const deployer of doors()) {
  describe(`an adopted instance, on the ${deployer.name}`, function () {
    // Each run of the real CLI takes seconds.
    this.timeout(120_000);

    it("is not replaced when the program starts or stops setting an argument whose original value is unknown [long]", () =>
      inLab(deployer, program(""), {}, async ({ sim, stack, write, counts }) => {
        await execa(sim.bin, ["launch", "--name", "dev"]);
        assert.ok((await stack.up()).ok);
        const before = await counts();
        for (const args of [NAMED, ""]) {
          write(program(args));
          const up = await stack.up();
          assert.ok(up.ok, up.text);
          assert.deepEqual([up.summary.update, up.summary.replace], [1, undefined], up.text);
          assert.deepEqual(await counts(), before);
        }
      }));

    it("is replaced when a value set earlier changes, and then counts as created here [long]", () =>
      inLab(deployer, program(`image: "24.04"`), {}, async ({ sim, stack, write }) => {
        await execa(sim.bin, ["launch", "--name", "dev"]);
        assert.ok((await stack.up()).ok);
        for (const image of [`image: "22.04"`, ""]) {
          write(program(image));
          const { summary, text } = await stack.up();
          assert.equal(summary.replace, 1, text);
        }
      }));
  });
}
