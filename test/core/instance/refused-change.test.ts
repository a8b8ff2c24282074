import assert from "node:assert/strict";
import type { InstanceInputs, InstanceState } from "../../../provider/core/instance/model.ts";
import { updateInstance } from "../../support/operations.ts";
import { onSimulatedHost, ownerOf, type SimulatedHost } from "../../support/simulated-host.ts";

const dev: InstanceInputs = { name: "dev", owner: ownerOf("dev") };

/** The error that an update ends with. */
const failure = (subject: SimulatedHost, olds: InstanceState, news: InstanceInputs) =>
  updateInstance(subject.context(), "dev", olds, news).then(
    () => assert.fail("it succeeded"),
    (error) => error,
  );

describe("a change that is refused before anything is done", () => {
  const refused: [
    what: string,
    before: Partial<InstanceInputs>,
    change: Partial<InstanceInputs>,
    words: RegExp,
  ][] = [
    [
      "a disk that would have to shrink",
      { disk: "8G" },
      { disk: "5G" },
      /disk cannot shrink from 8.0GiB to 5G/,
    ],
    [
      "a size, if no restart is allowed",
      { cpus: 1 },
      { cpus: 2, allowRestart: false },
      /`allowRestart` is false/,
    ],
  ];
  for (const [what, before, change, words] of refused) {
    it(`leaves the state as it was: ${what}`, () =>
      onSimulatedHost({}, async (subject) => {
        const { outs } = await subject.create({ ...dev, ...before });
        const error = await failure(subject, outs, { ...dev, ...change });
        assert.match(String(error), words);
        assert.equal(error.name, "MultipassError");
        assert.equal((await subject.sim.world()).instances["dev"]?.boots, 1);
      }));
  }
});

describe("a mount of another type", () => {
  const made = async (subject: SimulatedHost) =>
    (await subject.callsOf("dev"))
      .filter(({ argv, exitCode }) => argv[0] === "mount" && exitCode === 0)
      .map(({ argv }) => argv[2]);

  for (const [what, first] of [
    ["its update was refused", { allowRestart: false }],
    ["its update failed", {}],
  ] as const) {
    it(`is mounted by the next update if ${what}`, () =>
      onSimulatedHost({}, async (subject) => {
        const mount = { source: subject.dir, target: "/work" };
        const { outs } = await subject.create({ ...dev, mounts: [{ ...mount, type: "classic" }] });
        const news: InstanceInputs = { ...dev, mounts: [{ ...mount, type: "native" }] };
        await subject.sim.setFaults({
          commands: [{ command: "stop", text: "the moon is in the wrong phase" }],
        });
        const error = await failure(subject, outs, { ...news, ...first });
        // Fails once more: however often it does, a requested mount must not count as an existing one.
        await subject.sim.setFaults({
          commands: [{ command: "umount", text: "the moon is in the wrong phase" }],
        });
        const again = await failure(subject, error.outs ?? outs, news);
        await updateInstance(subject.context(), "dev", again.outs ?? outs, news);
        assert.deepEqual(await made(subject), ["classic", "native"]);
      }));
  }
});
