import assert from "node:assert/strict";
import { isIn } from "../../../provider/core/common.ts";
import { changesBetween } from "../../../provider/core/instance/changes.ts";
import type { InstanceInputs, InstanceState } from "../../../provider/core/instance/model.ts";
import type { InstanceChanges } from "../../../simulator/src/index.ts";
import { diffInstance, readInstance, updateInstance } from "../../support/operations.ts";
import { openSimulatedHost, ownerOf, type SimulatedHost } from "../../support/simulated-host.ts";
import { BEFORE, type Row, TABLE } from "../../support/verdict-table.ts";

/** The possible states of an instance, and how it gets into each behind Pulumi's back. */
const STATES: Record<string, InstanceChanges> = {
  Running: {},
  Stopped: { state: "Stopped" },
  Suspended: { state: "Suspended" },
  Deleted: { state: "Stopped", deleted: true },
  Unknown: { state: "Unknown" },
  gone: { remove: true },
};

/** The states in which every change is tested before each commit. */
const OFTEN = ["Running", "Stopped", "gone"];

/** Each change gets its own instance; rows that only read share one. */
function instanceFor(state: string, { argument, change, from, reached }: Row): string {
  const own = from || reached ? `${argument}-${change}`.replace(/\W+/g, "-") : "others";
  return `${own}-${state}`.toLowerCase();
}

describe("every change, in every state of the instance", () => {
  let host: Awaited<ReturnType<typeof openSimulatedHost>>;
  let subject: SimulatedHost;
  const left = new Map<string, InstanceState>();

  const instanceOf = async (name: string) => (await subject.sim.world()).instances[name];
  const inputsOf = (name: string, { from }: Pick<Row, "from">): InstanceInputs => ({
    ...BEFORE,
    ...from,
    name,
    owner: ownerOf(name),
  });

  before(async () => {
    host = await openSimulatedHost({});
    subject = host.subject;
    await subject.host.driver.set("local.bridged-network", "eth0");
    await subject.sim.startDaemon();
  });

  after(() => host.close());

  for (const [state, drift] of Object.entries(STATES)) {
    describe(`an instance that is ${state}${OFTEN.includes(state) ? "" : " [long]"}`, () => {
      before(async () => {
        const rows = new Map(TABLE.map((row) => [instanceFor(state, row), row]));
        await Promise.all(
          [...rows].map(async ([name, row]) => {
            const { outs } = await subject.create({ timeouts: {}, ...inputsOf(name, row) });
            left.set(name, outs);
            await subject.sim.instance(name).poke(drift);
          }),
        );
      });

      for (const row of TABLE) {
        it(`${row.argument}, ${row.change}: ${state === "gone" ? "create" : row.verdict}`, async () => {
          const name = instanceFor(state, row);
          const olds = left.get(name) as InstanceState;
          const news = { ...inputsOf(name, row), timeouts: {}, ...row.to };
          const read = await readInstance(subject.context(), name, olds);
          if (state === "gone") {
            assert.equal(read, undefined);
            if (row.reached) await refusesWithoutRefresh(name, olds, news);
            return;
          }
          assert.equal(read?.outs.state, state);
          assertDiff(row, read.outs, news);
          if (row.reached) await assertReached(row, read.outs, news);
          else if (row.verdict === "record" && state === "Running") await assertRecorded(read.outs, news);
        });
      }
    });
  }

  /**
   * An update never recreates an instance that is gone. The next create does, after a refresh has noticed.
   */
  async function refusesWithoutRefresh(name: string, olds: InstanceState, news: InstanceInputs) {
    const update = updateInstance(subject.context(), name, olds, news);
    await assert.rejects(update, /does not exist any more[\s\S]*pulumi refresh/);
    assert.equal(await instanceOf(name), undefined);
  }

  function assertDiff({ argument, verdict }: Row, olds: InstanceState, news: InstanceInputs) {
    const isThere = isIn(news.powerState ?? "running", olds.state);
    const own = argument === "powerState" && isThere ? "record" : verdict;
    assert.deepEqual(
      new Set(Object.values(changesBetween(olds, news))),
      new Set(isThere ? [own] : [own, "live"]),
    );
    const { changes, replaces } = diffInstance(olds, news);
    assert.deepEqual([changes, replaces], [true, verdict === "replace" ? [argument] : []]);
  }

  async function assertRecorded(olds: InstanceState, news: InstanceInputs) {
    const calls = (await subject.sim.calls()).length;
    const outs = await updateInstance(subject.context(), news.name, olds, news);
    assert.deepEqual(changesBetween(outs, news), {});
    assert.equal((await subject.sim.calls()).length, calls);
  }

  async function assertReached({ reached, to }: Row, olds: InstanceState, news: InstanceInputs) {
    const { name } = news;
    const outs = await updateInstance(subject.context(), name, olds, news);
    assert.partialDeepStrictEqual(await instanceOf(name), {
      state: to.powerState === "stopped" ? "Stopped" : "Running",
      deleted: false,
      ...reached,
    });
    assert.equal(outs.ready, true);
    // Nothing is left to change: neither the recorded state nor the refreshed one.
    assert.deepEqual(changesBetween(outs, news), {});
    const read = await readInstance(subject.context(), name, outs);
    assert.deepEqual(changesBetween(read?.outs as InstanceState, news), {});
  }
});
