import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { doors, inLab, up } from "./lab.ts";

for (const deployer of doors()) {
  describe(`an instance with secrets on the ${deployer.name}`, () => {
    it("keeps a secret cloudInit out of state, argv, logs and journal, before and after a refresh", () =>
      inLab(
        deployer,
        `import * as pulumi from "@pulumi/pulumi";
         new multipass.Instance("dev", { name: "dev", cloudInit: pulumi.secret("#cloud-config\\npassword: hunter2-marker\\n") });`,
        {},
        async (lab) => {
          const first = await up(lab);
          assert.ok((await lab.stack.refresh()).ok);
          const second = await up(lab);
          const folder = lab.env["PULUMI_MULTIPASS_STATE_DIR"] ?? "";
          const journal = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) =>
            one.isFile(),
          );
          assert.ok(
            journal.some(({ name }) => name === "dev.json"),
            "there is no journal to look through",
          );
          for (const text of [
            readFileSync(lab.stack.stateFile, "utf8"),
            JSON.stringify(await lab.sim.calls()),
            first.text,
            second.text,
            ...journal.map(({ parentPath, name }) => readFileSync(join(parentPath, name), "utf8")),
          ]) {
            assert.doesNotMatch(text, /hunter2/);
          }
          assert.equal(second.summary.update ?? 0, 0);
        },
      ));
  });
}
