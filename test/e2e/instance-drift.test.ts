import assert from "node:assert/strict";
import { execa } from "execa";
import { doors, inLab, succeeded, up } from "./lab.ts";
import { instance, vm } from "./one-instance.ts";

for (const deployer of doors()) {
  describe(`an instance changed by others, on the ${deployer.name}`, () => {
    it("is repaired after drift of power, size and mounts, and after deletion", () =>
      inLab(
        deployer,
        vm(`cpus: 2, memory: "1G", mounts: [{ source: ".", target: "code" }]`),
        {},
        async (lab) => {
          await up(lab);
          const { bin } = lab.sim;
          await execa(bin, ["stop", "dev"]);
          await execa(bin, ["set", "local.dev.cpus=4"]);
          await execa(bin, ["start", "dev"]);
          await execa(bin, ["umount", "dev"]);
          succeeded(await lab.stack.refresh());
          const { outputs } = await lab.resource("dev");
          assert.equal(outputs["cpus"], 4);
          assert.deepEqual(outputs["mounts"], []);
          await up(lab);
          assert.equal((await execa(bin, ["get", "local.dev.cpus"])).stdout, "2");
          assert.match((await execa(bin, ["info", "dev"])).stdout, /code/);

          await execa(bin, ["delete", "dev"]);
          assert.ok((await lab.stack.refresh()).ok);
          assert.equal((await lab.resource("dev")).outputs["state"], "Deleted");
          await up(lab);
          assert.equal((await instance(lab)).state, "Running");

          await execa(bin, ["delete", "--purge", "dev"]);
          assert.ok((await lab.stack.refresh()).ok);
          assert.deepEqual(
            (await lab.stack.state()).resources.filter(({ custom }) => custom),
            [],
          );
          await up(lab);
          assert.equal((await instance(lab)).state, "Running");
        },
      ));

    it("is not touched by a refresh without findings, which makes at most three calls for many instances [long]", () =>
      inLab(
        deployer,
        `for (let i = 0; i < 5; i++) new multipass.Instance("vm" + i, { name: "vm" + i, cpus: 1, memory: "1G", disk: "5G" });`,
        {},
        async (lab) => {
          await up(lab);
          const before = (await lab.sim.calls()).length;
          succeeded(await lab.stack.refresh());
          const calls = (await lab.sim.calls()).slice(before).map(({ argv }) => argv.join(" "));
          assert.ok(calls.length <= 3, calls.join("\n"));
          assert.equal((await up(lab)).summary.update ?? 0, 0);
        },
      ));

    it("stays in the state while the daemon is away [long]", () =>
      inLab(deployer, vm(`timeouts: { read: "2s" }, retry: { initialDelay: "200ms" }`), {}, async (lab) => {
        await up(lab);
        await lab.sim.stopDaemon();
        const refreshed = await lab.stack.refresh();
        assert.equal(refreshed.ok, false);
        assert.match(
          refreshed.text,
          /Unable to read instance "dev"[\s\S]*cannot connect to the multipass socket/,
        );
        // The SDK also prints the error as `${error}: ${error.stack}`.
        assert.doesNotMatch(refreshed.text, /MultipassError|\.md:/);
        assert.equal((await lab.resource("dev")).id, "dev");
        await lab.sim.startDaemon();
        assert.ok((await lab.stack.refresh()).ok);
      }));
  });
}
