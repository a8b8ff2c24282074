import assert from "node:assert/strict";
import type { InitializationError } from "../../../provider/core/context.ts";
import type { ImageSource } from "../../../provider/core/instance/image-source.ts";
import type { InstanceState } from "../../../provider/core/instance/model.ts";
import { instanceOutcome } from "../../../provider/core/instance/outputs.ts";
import { QueuePlace } from "../../../provider/core/instance/queue-place.ts";
import { newMultipass } from "../../../provider/core/multipass.ts";
import { LaunchSlots } from "../../../provider/core/operation/launch-slots.ts";
import { ensurePowerState } from "../../../provider/core/stopped.ts";
import { MultipassError } from "../../../provider/driver/errors.ts";
import { FAILURE_RULES, SSH_RULES } from "../../../provider/driver/failure-rules.ts";
import { createInstance, operationFor, surroundings, updateInstance } from "../../support/operations.ts";
import { onSimulatedHost, ownerOf } from "../../support/simulated-host.ts";
import { until } from "../../support/until.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const phasesOf = ({ timeline }: InstanceState) => (timeline?.phases ?? []).map(({ phase }) => phase);

describe("the reason why a create waits", () => {
  it("is recorded correctly, even for creates behind another: first the daemon, then the images", () =>
    onSimulatedHost({ faults: { socketAt: "40s", networkAt: "120s" } }, async ({ create }) => {
      const made = await Promise.all(["a", "b", "c"].map((name) => create({ name })));
      for (const { outs } of made) {
        assert.deepEqual(phasesOf(outs).slice(0, 2), ["daemon", "images"], JSON.stringify(outs.timeline));
        const images = outs.timeline?.phases.find(({ phase }) => phase === "images");
        assert.ok((images?.seconds ?? 0) > 20, JSON.stringify(outs.timeline));
      }
    }));

  it("is a separate queue if launches and starts wait for each other", () =>
    onSimulatedHost({}, async ({ ctx, context, sim, said, create }) => {
      await create({ name: "rests", powerState: "stopped" });
      const launches = new LaunchSlots(1, 1);
      ctx.multipass.launches = launches;
      const { promise: busy, resolve: release } = Promise.withResolvers<void>();
      const another = launches.run(() => busy);
      const launch = create({ name: "dev" });
      const start = operationFor(600_000, context());
      const started = ensurePowerState(start, "rests", "running");
      await until(() => launches.count === 3);
      assert.equal(said.filter((line) => line.startsWith("waiting for other launches and starts")).length, 2);
      release();
      const [{ outs }] = await Promise.all([launch, started, another]);
      assert.ok(phasesOf(outs).includes("queue"), JSON.stringify(outs.timeline));
      assert.ok(start.timeline.record().phases.some(({ phase }) => phase === "queue"));
      const calls = (await sim.calls()).filter(
        ({ argv }) => argv[0] === "start" || (argv[0] === "launch" && argv.includes("dev")),
      );
      // Either may go first.
      const [one, other] = calls.sort((a, b) => a.startedAt - b.startedAt);
      assert.equal(calls.length, 2);
      assert.ok((other?.startedAt ?? 0) >= (one?.endedAt ?? Number.POSITIVE_INFINITY), JSON.stringify(calls));
    }));

  it("is reported if a launch waits in line inside the daemon, and that time is given back", () =>
    onSimulatedHost(
      { faults: { commands: [{ command: "launch", delay: 150 }] } },
      async ({ create, said, count }) => {
        const { outs } = await create({ name: "dev", timeouts: { create: "2m" } });
        assert.ok(phasesOf(outs).includes("queue"), JSON.stringify(outs.timeline));
        assert.equal(said.filter((line) => line.startsWith("queued in the daemon")).length, 1);
        assert.equal(await count("launch"), 1);
      },
    ));
});

describe("the status of creates that wait for the host", () => {
  it("tells when the next try is, and behind whom the others are queued", () =>
    onSimulatedHost({ faults: { socketAt: "40s" } }, async ({ create, said }) => {
      await Promise.all(["a", "b", "c"].map((name) => create({ name })));
      const waiting = /^waiting for the daemon · next try [\d:]{8} · try 1 failed · gives up [\d:]{8}$/;
      assert.ok(
        said.some((line) => waiting.test(line)),
        said.join("\n"),
      );
      const behind = said.flatMap(
        (line) => /^queued behind "(.)" until the host is ready/.exec(line)?.[1] ?? [],
      );
      assert.ok(behind.length > 0, said.join("\n"));
    }));
});

describe("a status on a terminal of 120 columns, which shows 40 to 45 characters of it", () => {
  const transient = new Set(
    [...FAILURE_RULES, ...SSH_RULES].filter((rule) => rule.transient).map(({ kind }) => kind),
  );

  for (const kind of transient) {
    it(`has room for the time of the next try after ${kind}`, () => {
      const said: string[] = [];
      const say = (message: string) => void said.push(message);
      const clock = new VirtualClock();
      const given = surroundings(newMultipass("multipass", clock), clock, {
        log: { status: say, info: say, warn: say },
      });
      const place = new QueuePlace(operationFor(600_000, given), "dev", {} as ImageSource);
      const error = new MultipassError("Unable to launch", { kind, transient: true });
      place.showPause({ attempt: 1, delay: 8_000, error, remaining: 600_000 });
      const shown = said.map((message) => message.slice(0, 45)).join("");
      assert.match(shown, /\bnext try [\d:]{8}/);
      assert.match(said.join(""), / · try 1 failed · gives up [\d:]{8}$/);
    });
  }

  it("has room for the outcome, for hours and a long address too", () => {
    const outcome = instanceOutcome({ state: "Running", ipAddress: "192.168.204.105" }, 3_725_000);
    assert.match(outcome, /^ready at 192\.168\.204\.105 after 1h 2m$/);
    assert.ok(outcome.length <= 45, outcome);
  });
});

describe("a create that ends during its launch", () => {
  const news = { name: "dev", owner: ownerOf("dev"), timeouts: { create: "60s" } };

  it("says that the next `up` continues if its time is up", () =>
    onSimulatedHost({ faults: { imageDownloadSeconds: 200 } }, async ({ context }) => {
      const error = await createInstance(context(), news).catch((e) => e);
      assert.match(error.message, /Run `pulumi up` again: it continues where this run stopped/);
    }));

  it("is continued by the next `up`, which only says so while there is a launch to continue", () =>
    onSimulatedHost({ faults: { imageDownloadSeconds: 60 } }, async ({ context, said, multipass }) => {
      const interrupted = async (name: string) => {
        const over = new AbortController();
        const lines = said.length;
        const created = createInstance(context(over.signal), {
          ...news,
          name,
          image: name === "dev" ? "24.04" : "22.04",
          timeouts: {},
        }).catch((e) => e);
        await until(() => said.slice(lines).some((line) => line.startsWith("downloading")));
        over.abort();
        return ((await created) as InitializationError<InstanceState>).outs;
      };
      const goOn = (name: string, olds: InstanceState) =>
        updateInstance(context(), name, olds, {
          ...news,
          name,
          image: name === "dev" ? "24.04" : "22.04",
          timeouts: {},
        }).then((outs) => outs.ready);
      const says = (name: string) =>
        said.includes(`resuming the launch of "${name}" that an interrupted run began`);
      assert.equal(await goOn("dev", await interrupted("dev")), true);
      assert.ok(says("dev"));
      const olds = await interrupted("over");
      await until(() => /over/.test(multipass("list")));
      assert.equal(await goOn("over", olds), true);
      assert.ok(!says("over"), said.join("\n"));
    }));
});
