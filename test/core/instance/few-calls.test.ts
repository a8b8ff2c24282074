import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { applySizes } from "../../../provider/core/instance/modify.ts";
import { operationFor, updateInstance } from "../../support/operations.ts";
import { onSimulatedHost, ownerOf, type SimulatedHost } from "../../support/simulated-host.ts";

const dev = { name: "dev", owner: ownerOf("dev"), cpus: 1, memory: "1G", disk: "5G" };

/** Makes the first call of a command succeed without doing anything. */
function swallowFirst(command: string, { dir, host, sim }: SimulatedHost): void {
  const [client, done] = [join(dir, "multipass"), join(dir, "done")];
  const script = `if [ "$1" = ${command} ] && [ ! -f "${done}" ]; then : > "${done}"; exit 0; fi`;
  writeFileSync(client, `#!/bin/sh\n${script}\nexec "${sim.bin}" "$@"\n`, { mode: 0o755 });
  Object.assign(host.driver, { client });
}

describe("an update that adds a CPU", () => {
  it("makes seven calls of the client, two of which all instances share", () =>
    onSimulatedHost({}, async ({ context, create, sim }) => {
      const { outs } = await create(dev);
      const before = (await sim.calls()).length;
      await updateInstance(context(), "dev", outs, { ...dev, cpus: 2 });
      const calls = (await sim.calls()).slice(before).map(({ argv }) => argv);
      assert.deepEqual(
        calls.map(([command]) => command),
        ["list", "get", "stop", "set", "start", "exec", "info"],
      );
      assert.equal((await sim.world()).instances["dev"]?.cpus, 2);
    }));

  for (const command of ["stop", "start"]) {
    it(`works even if a ${command} reports success without doing anything`, () =>
      onSimulatedHost({}, async (subject) => {
        const { outs } = await subject.create(dev);
        swallowFirst(command, subject);
        const updated = await updateInstance(subject.context(), "dev", outs, { ...dev, cpus: 2 });
        const { cpus, state } = (await subject.sim.world()).instances["dev"] ?? {};
        assert.deepEqual([cpus, state, updated.state], [2, "Running", "Running"]);
      }));
  }

  it("works even if somebody has started the instance since the last look", () =>
    onSimulatedHost({}, async ({ context, create, sim }) => {
      await create(dev);
      await applySizes(operationFor(600_000, context()), { ...dev, cpus: 2 }, undefined, "Stopped");
      assert.equal((await sim.world()).instances["dev"]?.cpus, 2);
    }));
});
