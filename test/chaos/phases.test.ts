import assert from "node:assert/strict";
import { execa } from "execa";
import { InitializationError } from "../../provider/core/context.ts";
import type { InstanceState } from "../../provider/core/instance/model.ts";
import type { FaultPlan, LaunchFault, RecordedCall, World } from "../../simulator/src/index.ts";
import { onSimulatedHost, type SimulatedHost } from "../support/simulated-host.ts";
import { labelOf, VERSIONS } from "../support/versions.ts";
import { assertHarmless, OTHERS } from "./invariants.ts";

/** How a create ends whose first launch fails in a phase, and by which calls it gets there. */
interface Cell {
  fault: LaunchFault;
  /** `ready`: all is well in the end. `nothing`: it fails, and no machine is left. */
  end: "ready" | "nothing";
  /** How often `multipass launch` is called for it. */
  launches: number;
  /** Further calls that have to have been made. */
  calls?: string[];
}

const CELLS: Cell[] = [
  { fault: { phase: "A" }, end: "nothing", launches: 1 },
  { fault: { phase: "B" }, end: "nothing", launches: 1 },
  { fault: { phase: "C" }, end: "ready", launches: 2 },
  {
    fault: { phase: "C", text: 'Unable to find an image matching "x" in remote "".' },
    end: "nothing",
    launches: 1,
  },
  { fault: { phase: "D" }, end: "ready", launches: 2 },
  { fault: { phase: "E" }, end: "nothing", launches: 1 },
  { fault: { phase: "F" }, end: "ready", launches: 2 },
  { fault: { phase: "F", text: "Operation canceled" }, end: "ready", launches: 2 },
  { fault: { phase: "F", text: 'unable to write to file "x"' }, end: "nothing", launches: 1 },
  { fault: { phase: "G" }, end: "nothing", launches: 1 },
  { fault: { phase: "H" }, end: "ready", launches: 1, calls: ["start"] },
  { fault: { phase: "I" }, end: "ready", launches: 1, calls: ["stop", "start"] },
  { fault: { phase: "J" }, end: "ready", launches: 1 },
  { fault: { phase: "K" }, end: "ready", launches: 1 },
  // Mounts are never made by the launch itself, so nothing can go wrong there.
  { fault: { phase: "L" }, end: "ready", launches: 1 },
  { fault: { phase: "M" }, end: "ready", launches: 2 },
  { fault: { phase: "M", duringBoot: true }, end: "ready", launches: 1 },
];

/** The daemon's death concerns every launch that is under way; so each has a host of its own. */
const DEATHS: (Cell & { plan: FaultPlan })[] = [
  { fault: { phase: "N" }, end: "ready", launches: 2, plan: { launches: [{ phase: "N" }] } },
  {
    fault: { phase: "N", duringBoot: true },
    end: "ready",
    launches: 1,
    plan: { launches: [{ phase: "N", duringBoot: true }] },
  },
];

const nameOf = (index: number) => `cell-${index}`;

interface Result {
  state?: InstanceState;
  error?: unknown;
  journal: unknown;
}

async function play(subject: SimulatedHost, name: string): Promise<Result> {
  const result = await subject.create({ name, mounts: [{ source: subject.dir, target: "/mnt/x" }] }).then(
    ({ outs }) => ({ state: outs }),
    (error) => ({ error }),
  );
  return { ...result, journal: await subject.journal.read(name) };
}

function judge(
  { end, launches, calls = [] }: Cell,
  name: string,
  result: Result,
  all: RecordedCall[],
  world: World,
) {
  const own = all.filter(({ argv }) => argv.some((word) => word === name || word.startsWith(`${name}:`)));
  const count = (command: string) => own.filter(({ argv }) => argv[0] === command).length;
  assert.equal(count("launch"), launches, own.map(({ argv }) => argv.join(" ")).join("\n"));
  for (const command of calls) assert.ok(count(command) > 0, `no ${command}`);
  assert.equal(count("delete"), 0);
  const instance = world.instances[name];
  if (end === "nothing") {
    assert.ok(result.error && !(result.error instanceof InitializationError), String(result.error));
    assert.equal(instance, undefined);
    assert.equal(result.journal, undefined, "the name is not free again");
    return;
  }
  assert.equal(result.error, undefined);
  assert.equal(result.state?.ready, true);
  assert.equal(instance?.state, "Running");
  assert.deepEqual(Object.keys(instance?.mounts ?? {}), ["/mnt/x"]);
}

function titleOf({ fault, end, launches }: Cell): string {
  const where = `${fault.phase}${fault.duringBoot ? ", during the boot" : ""}${fault.text ? ` (${fault.text})` : ""}`;
  return `in phase ${where}: ${end === "ready" ? `ready after ${launches === 1 ? "one launch" : `${launches} launches`}` : "fails, and leaves nothing"}`;
}

for (const version of VERSIONS) {
  describe(`a launch that fails, on ${labelOf(version)}`, () => {
    const results = new Map<string, Result>();
    let calls: RecordedCall[] = [];
    let world: World;

    before(function () {
      this.timeout(120_000);
      // All at once on one host: each fault finds its own launch by name.
      const launches = CELLS.map(({ fault }, index) => ({ ...fault, match: { name: nameOf(index) } }));
      return onSimulatedHost({ version }, async (subject) => {
        await Promise.all(OTHERS.map((name) => execa(subject.sim.bin, ["launch", "--name", name])));
        await subject.sim.setFaults({ launches });
        await Promise.all(
          CELLS.map(async (_, index) => results.set(nameOf(index), await play(subject, nameOf(index)))),
        );
        calls = await subject.sim.calls();
        world = await subject.sim.world();
      });
    });

    CELLS.forEach((cell, index) => {
      it(titleOf(cell), () => {
        judge(cell, nameOf(index), results.get(nameOf(index)) as Result, calls, world);
      });
    });

    it("concerns nobody else's instance in any phase", () => {
      for (const { argv } of calls.slice(OTHERS.length)) assertHarmless(argv);
      for (const name of OTHERS) assert.equal(world.instances[name]?.boots, 1);
    });

    for (const cell of DEATHS) {
      it(titleOf(cell), () =>
        onSimulatedHost({ version, faults: cell.plan }, async (subject) => {
          const result = await play(subject, "dev");
          judge(cell, "dev", result, await subject.sim.calls(), await subject.sim.world());
          assert.deepEqual(Object.keys((await subject.sim.world()).instances), ["dev"]);
        }),
      );
    }
  });
}
