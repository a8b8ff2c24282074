import assert from "node:assert/strict";
import { deployers } from "../engine/index.ts";
import { inLab, type Lab, up } from "./lab.ts";

const vm = (args: string) => `new multipass.Instance("dev", { name: "dev", ${args} });`;

/** The calls since the last question. */
function calls({ sim }: Lab) {
  let seen = 0;
  return async () => {
    const since = (await sim.calls()).slice(seen).map(({ argv }) => argv.join(" "));
    seen += since.length;
    return since;
  };
}

for (const deployer of deployers()) {
  describe(`the arguments of an instance on the ${deployer.name}`, () => {
    it("are refused in the preview where this version cannot, at the price of one question", () =>
      inLab(
        deployer,
        vm(`memory: "256M", zone: "zone1"`),
        { simulator: { version: "1.16.3" } },
        async (lab) => {
          const made = calls(lab);
          const refused = await lab.stack.preview();
          assert.equal(refused.ok, false);
          assert.match(refused.text, /zone[\s\S]*Multipass 1\.16\.3 has no availability zones[\s\S]*1\.17/);
          assert.deepEqual(await made(), ["version --format json"]);

          await up(lab, vm(`memory: "256M"`));
          await made();
          assert.equal((await up(lab)).summary.update ?? 0, 0);
          assert.deepEqual(await made(), []);
        },
      ));

    it("pass the preview while there is nobody to ask for the version", () =>
      inLab(deployer, vm(`memory: "256M"`), { env: { MULTIPASS_BIN: "/nowhere/multipass" } }, async (lab) => {
        const preview = await lab.stack.preview();
        assert.ok(preview.ok, preview.text);
      }));
  });
}
