import assert from "node:assert/strict";
import { execa } from "execa";
import { callsSince, commandOf, deedsSince } from "../support/calls-since.ts";
import { doors, inLab, type Lab, up } from "./lab.ts";

const vm = (args: string) => `new multipass.Instance("dev", { name: "dev", ${args} });`;

/** Another `up` of the same program changes nothing and makes no calls. */
async function assertQuiet(lab: Lab) {
  const made = callsSince(lab.sim);
  await made();
  const { summary } = await up(lab);
  assert.deepEqual([summary.update ?? 0, summary.replace ?? 0, await made()], [0, 0, []]);
}

for (const deployer of doors()) {
  describe(`the arguments of an instance on the ${deployer.name}`, () => {
    it("are refused in the preview if this version does not support them, with a single call", () =>
      inLab(
        deployer,
        vm(`memory: "256M", zone: "zone1"`),
        { simulator: { version: "1.16.3" } },
        async (lab) => {
          const made = callsSince(lab.sim);
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

    it("can be removed from the program without any change, now or later [long]", () =>
      inLab(
        deployer,
        vm(`cpus: 2, memory: "2G", disk: "8G", zone: "zone2", mounts: [{ source: ".", target: "code" }], powerState: "stopped",
            adopt: false, allowRestart: false, deletionPolicy: "keep", readiness: { degraded: "fail" }, remedies: { directImage: false },
            retry: { factor: 2 }, timeouts: { create: "20m" }, multipassPath: process.env.MULTIPASS_BIN`),
        {},
        async (lab) => {
          const done = deedsSince(lab.sim);
          await up(lab);
          await done();
          await up(lab, `new multipass.Instance("dev");`);
          assert.deepEqual((await done()).map(commandOf), ["start"]);
          await assertQuiet(lab);
          assert.ok((await lab.stack.refresh()).ok);
          await assertQuiet(lab);
          const { name, state, cpus, deletionPolicy } = (await lab.resource("dev")).outputs;
          assert.deepEqual([name, state, cpus, deletionPolicy], ["dev", "Running", 2, undefined]);
        },
      ));

    it("cause exactly one replacement if removing them requires a new instance [long]", () =>
      inLab(
        deployer,
        vm(`image: "22.04", cloudInit: { packages: ["git"] }, networks: [{ name: "eth0" }], bridged: true`),
        {},
        async (lab) => {
          await execa(lab.sim.bin, ["set", "local.bridged-network=br0"]);
          await lab.sim.startDaemon();
          const done = deedsSince(lab.sim);
          await up(lab);
          await done();
          await up(lab, vm(""));
          assert.deepEqual((await done()).map(commandOf), ["delete", "launch"]);
          await assertQuiet(lab);
        },
      ));

    it("appear among the outputs when left out, as Multipass has chosen them [long]", () =>
      inLab(
        deployer,
        `const { cpus, memory, disk, zone, mounts } = new multipass.Instance("dev", { name: "dev" });
         const folder = [{ source: ".", target: "code" }];
         const targets = new multipass.Instance("mounted", { mounts: folder }).mounts.apply((all) => all.map(({ target }) => target));
         export const seen = { cpus, memory, disk, zone, mounts, targets };`,
        {},
        async (lab) => {
          assert.deepEqual((await up(lab)).outputs["seen"], {
            cpus: 1,
            memory: "1.0GiB",
            disk: "5.0GiB",
            zone: "zone1",
            mounts: [],
            targets: ["/home/ubuntu/code"],
          });
        },
      ));

    it("can select another client than the environment does, for every operation [long]", () =>
      inLab(deployer, "", { env: { MULTIPASS_BIN: "/nowhere/multipass" } }, async (lab) => {
        const program = (cpus: number) => vm(`cpus: ${cpus}, multipassPath: ${JSON.stringify(lab.sim.bin)}`);
        await up(lab, program(1));
        await up(lab, program(2));
        for (const result of [await lab.stack.refresh(), await lab.stack.destroy()])
          assert.ok(result.ok, result.text);
        assert.deepEqual((await lab.sim.world()).instances, {});
      }));
  });
}
