import assert from "node:assert/strict";
import { changesBetween } from "../../../provider/core/instance/changes.ts";
import type { InstanceInputs, InstanceState } from "../../../provider/core/instance/model.ts";
import { GIB } from "../../../provider/driver/size.ts";
import { updateInstance } from "../../support/operations.ts";
import { openSimulatedHost, ownerOf, type SimulatedHost } from "../../support/simulated-host.ts";

/**
 * Every call of an update that changes everything, in order. The last entry of each line distinguishes calls
 * of one command.
 */
const STEPS: [step: string, command: string, match?: string][] = [
  ["the look at the machines", "list"],
  ["the stop", "stop"],
  ["the first setting", "set", "cpus"],
  ["the second", "set", "memory"],
  ["the third", "set", "disk"],
  ["the old mount's end", "umount"],
  ["the new mount", "mount"],
  ["the start", "start"],
  ["the guest's verdict", "exec"],
  ["the last look", "info"],
];

describe("a change of many steps that fails permanently at", () => {
  let host: Awaited<ReturnType<typeof openSimulatedHost>>;
  let subject: SimulatedHost;

  before(async () => {
    host = await openSimulatedHost({});
    subject = host.subject;
  });
  after(() => host.close());

  for (const [step, command, match] of STEPS) {
    const tag = ["stop", "mount", "start"].includes(command) ? "" : " [long]";
    it(`${step} is finished by the next one${tag}`, async () => {
      const name = step.replace(/\W+/g, "-");
      const own = { name, owner: ownerOf(name), timeouts: { create: "20m" } };
      const folder = { source: subject.dir, type: "native" as const };
      const before: InstanceInputs = {
        ...own,
        cpus: 1,
        memory: "1G",
        disk: "5G",
        mounts: [{ ...folder, target: "/old" }],
      };
      const news: InstanceInputs = {
        ...own,
        cpus: 2,
        memory: "2G",
        disk: "8G",
        mounts: [{ ...folder, target: "/new" }],
      };
      const { outs } = await subject.create(before);
      const fault = { command, text: "the moon is in the wrong phase", times: 1 };
      await subject.sim.setFaults({ commands: [match === undefined ? fault : { ...fault, match }] });
      const error = await updateInstance(subject.context(), name, outs, news).catch((failure) => failure);
      assert.match(String(error), /the moon is in the wrong phase/);
      // Before any step an error is an ordinary one; afterwards the state says that work is left.
      const left = (error.outs ?? outs) as InstanceState;
      assert.notDeepEqual(changesBetween(left, news), {});

      const finished = await updateInstance(subject.context(), name, left, news);
      assert.deepEqual(changesBetween(finished, news), {});
      const instance = (await subject.sim.world()).instances[name];
      assert.deepEqual(
        [
          instance?.state,
          instance?.cpus,
          instance?.memory,
          instance?.disk,
          Object.keys(instance?.mounts ?? {}),
        ],
        ["Running", 2, 2 * GIB, 8 * GIB, ["/new"]],
      );
    });
  }
});
