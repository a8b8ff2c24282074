import assert from "node:assert/strict";
import { commandOf, deedsSince } from "../support/calls-since.ts";
import { doors, inLab, up } from "./lab.ts";
import { vm } from "./one-instance.ts";

const withUserData = (text: string) => vm(`cloudInit: ${JSON.stringify(text)}`);
const BEFORE = "#cloud-config\npackage: [git]\nruncmd: [reboot]\n";

for (const deployer of doors()) {
  describe(`user-data on the ${deployer.name}`, function () {
    this.timeout(240_000);

    it("causes warnings in its resource's row, and replaces the instance only if its meaning changes [long]", () =>
      inLab(deployer, withUserData(BEFORE), { simulator: { version: "1.16.3" } }, async (lab) => {
        const said = async (run: Promise<{ logs: { severity: string; message: string }[] }>) =>
          (await run).logs.flatMap(({ severity, message }) =>
            severity === "warning" ? [message.trim()] : [],
          );
        const done = deedsSince(lab.sim);

        const warnings = (await said(lab.stack.preview())).sort();
        assert.equal(warnings.length, 2, warnings.join("\n"));
        assert.match(warnings[0] ?? "", /cloudInit has the key `package`.*did you mean `packages`\?/);
        assert.match(warnings[1] ?? "", /cloudInit reboots .*`runcmd`.*Multipass 1\.16\.3.*`power_state/);

        await up(lab, withUserData(BEFORE.replace("[reboot]", "[ls]")));
        await done();
        const formatted = "# mine\r\npackage:\r\n  - 'git'\r\nruncmd:\r\n  - ls # all\r\n";
        assert.deepEqual(await said(up(lab, withUserData(formatted))), []);
        assert.deepEqual(await done(), []);
        assert.equal((await said(up(lab, withUserData(`${formatted}hostname: web\n`)))).length, 1);
        assert.deepEqual((await done()).map(commandOf), ["delete", "launch"]);
      }));
  });
}
