import assert from "node:assert/strict";
import { deedsSince } from "../support/calls-since.ts";
import { doors, inLab, succeeded, up } from "./lab.ts";
import { instance, vm } from "./one-instance.ts";

for (const deployer of doors()) {
  describe(`a change of an instance on the ${deployer.name}`, () => {
    it("resizes it in place by stop, set and start, and announces that", () =>
      inLab(deployer, vm(`cpus: 1, memory: "1G", disk: "5G"`), {}, async (lab) => {
        const done = deedsSince(lab.sim);
        await up(lab);
        await done();
        lab.write(vm(`cpus: 2, memory: "2G", disk: "8G"`));
        const preview = await lab.stack.preview();
        assert.match(preview.text, /changing cpus, memory, disk restarts instance "dev"/);
        assert.deepEqual(await done(), []);
        await up(lab);
        assert.deepEqual(await done(), [
          "stop dev",
          "set local.dev.cpus=2",
          "set local.dev.memory=2G",
          "set local.dev.disk=8G",
          (await lab.sim.calls()).findLast(({ argv }) => argv[0] === "start")?.argv.join(" "),
        ]);
        assert.equal((await instance(lab)).state, "Running");
        assert.equal((await lab.resource("dev")).outputs["memory"], "2G");
      }));

    for (const path of ["cpus", "*"])
      it(`is no restart if the resource option replaceOnChanges has "${path}" [long]`, () =>
        inLab(deployer, vm(`cpus: 1`), {}, async (lab) => {
          await up(lab);
          const program = (option: string) => vm("cpus: 2", `{ replaceOnChanges: ["${option}"] }`);
          lab.write(program("memory"));
          assert.match(succeeded(await lab.stack.preview()).text, /changing cpus restarts instance "dev"/);
          lab.write(program(path));
          const preview = succeeded(await lab.stack.preview());
          assert.doesNotMatch(preview.text, /restarts instance/);
          const done = deedsSince(lab.sim);
          await done();
          assert.doesNotMatch((await up(lab)).text, /restarts instance/);
          assert.match((await done()).join("\n"), /^delete --purge dev\nlaunch /);
        }));

    it("restores the power state, and can change only that [long]", () =>
      inLab(deployer, vm(`cpus: 1, powerState: "stopped"`), {}, async (lab) => {
        const done = deedsSince(lab.sim);
        await up(lab);
        assert.equal((await instance(lab)).state, "Stopped");
        await done();
        await up(lab, vm(`cpus: 2, powerState: "stopped"`));
        assert.deepEqual(await done(), ["set local.dev.cpus=2"]);
        await up(lab, vm(`cpus: 2, powerState: "suspended"`));
        assert.equal((await instance(lab)).state, "Suspended");
        await up(lab, vm(`cpus: 2`));
        assert.equal((await instance(lab)).state, "Running");
        assert.equal((await lab.resource("dev")).id, "dev");
      }));

    it("that failed between two steps is finished by the next up [long]", () =>
      inLab(deployer, vm(`cpus: 1, memory: "1G"`), {}, async (lab) => {
        await up(lab);
        await lab.sim.setFaults({
          commands: [{ command: "set", match: "memory", text: "the moon is in the wrong phase", times: 1 }],
        });
        lab.write(vm(`cpus: 2, memory: "2G"`));
        const failed = await lab.stack.up();
        assert.equal(failed.ok, false);
        assert.match(failed.text, /the moon is in the wrong phase/);
        assert.equal((await lab.resource("dev")).outputs["ready"], false);
        await up(lab);
        const { state, cpus } = (await instance(lab)) as unknown as { state: string; cpus: number };
        assert.deepEqual({ state, cpus }, { state: "Running", cpus: 2 });
        assert.equal((await up(lab)).summary.update ?? 0, 0);
      }));

    it("that failed leaves nothing stopped when it is reverted [long]", () =>
      inLab(deployer, vm(`cpus: 1`), {}, async (lab) => {
        await up(lab);
        await lab.sim.setFaults({ commands: [{ command: "set", text: "no", times: 1 }] });
        lab.write(vm(`cpus: 2`));
        assert.equal((await lab.stack.up()).ok, false);
        assert.equal((await instance(lab)).state, "Running");
        await up(lab, vm(`cpus: 1`));
        assert.equal((await instance(lab)).state, "Running");
      }));

    it("that needs a forbidden restart, shrinks a disk or has bad arguments is refused in the preview [long]", () =>
      inLab(deployer, vm(`cpus: 1, disk: "8G"`), {}, async (lab) => {
        await up(lab);
        const calls = (await lab.sim.calls()).length;
        for (const [args, message] of [
          [`cpus: 2, disk: "8G", allowRestart: false`, /allowRestart/],
          [`cpus: 1, disk: "5G"`, /cannot shrink from 8G to 5G/],
          [`cpus: 1, disk: "8G", memory: "lots"`, /memory[\s\S]*"2G"/],
        ] as const) {
          lab.write(vm(args));
          const preview = await lab.stack.preview();
          assert.equal(preview.ok, false);
          assert.match(preview.text, message);
        }
        assert.equal((await lab.sim.calls()).length, calls);
      }));

    it("that the update will refuse causes a warning in the preview, if Multipass chose the size [long]", () =>
      inLab(deployer, vm(""), {}, async (lab) => {
        await up(lab);
        for (const [args, message] of [
          [`memory: "2G", allowRestart: false`, /memory[^\n]*restart[^\n]*allowRestart/],
          [`disk: "2G"`, /disk cannot shrink from \S+ to 2G/],
          [
            `mounts: [{ source: "/", target: "/host", type: "native" }], allowRestart: false`,
            /mounts[^\n]*restart[^\n]*allowRestart/,
          ],
        ] as const) {
          lab.write(vm(args));
          const preview = await lab.stack.preview();
          assert.ok(preview.ok, preview.text);
          assert.match(preview.text, message);
          assert.match(preview.text, /the update will be refused/);
          assert.doesNotMatch(preview.text, /restarts instance/);
          const before = (await lab.sim.calls()).length;
          const refused = await lab.stack.up();
          assert.equal(refused.ok, false);
          assert.equal(
            (await lab.sim.calls()).slice(before).some(({ argv }) => argv[0] === "set" || argv[0] === "stop"),
            false,
          );
        }
      }));
  });
}
