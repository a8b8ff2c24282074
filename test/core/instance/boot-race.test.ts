import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Scenario } from "../../../bench/race/scenarios.ts";
import { STRATEGIES } from "../../../bench/race/strategies.ts";
import { tryOut } from "../../../bench/race/trial.ts";
import { newMultipass } from "../../../provider/core/multipass.ts";
import { systemClock } from "../../../provider/driver/clock.ts";
import { thisComputer } from "../../../provider/host/computer.ts";
import { startImageServer, startSimulator } from "../../../simulator/src/index.ts";
import { createInstance, surroundings } from "../../support/operations.ts";

describe("a create while the host boots", function () {
  this.timeout(120_000);
  const stateFolder = process.env["PULUMI_MULTIPASS_STATE_DIR"];
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "multipass-race-"));
    process.env["PULUMI_MULTIPASS_STATE_DIR"] = folder;
  });

  after(() => {
    if (stateFolder === undefined) delete process.env["PULUMI_MULTIPASS_STATE_DIR"];
    else process.env["PULUMI_MULTIPASS_STATE_DIR"] = stateFolder;
    rmSync(folder, { recursive: true, force: true });
  });

  const create = (version: string, outages: Scenario["outages"], id = "ours") => {
    const good = Math.max(...outages.map(([, to]) => to));
    const strategy = STRATEGIES.find((one) => one.id === id);
    assert.ok(strategy);
    // Runs faster than real time, because seconds do not matter here.
    const quick = { ...strategy, precision: "minute" as const };
    return tryOut({ title: "", version, outages, good, flapping: outages.length > 1 }, quick);
  };
  const count = (calls: readonly string[], command: string) =>
    calls.filter((call) => call === command).length;

  for (const version of ["1.16.3", "1.17.0"]) {
    it(`launches once, when the network is there, and makes few calls until then (Multipass ${version})`, async () => {
      const { lost, calls } = await create(version, [[0, 26]]);
      assert.ok(lost !== undefined);
      assert.equal(count(calls, "launch"), 1, calls.join());
      assert.equal(count(calls, "list"), 1, calls.join());
      // An open `wait-ready` can abort the daemon when a fetch fails.
      assert.equal(count(calls, "wait-ready"), 0, calls.join());
      // One call in each sufficiently long gap between two fetches.
      assert.ok(count(calls, "find") <= 3, calls.join());
    });
  }

  it("launches as soon as the daemon has fetched on its own, if only the daemon can look up the image", async () => {
    for (const version of ["1.14.1", "1.16.3"]) {
      const { overSchedule, calls } = await create(version, [[0, 44]], "ours-list");
      // The back-off alone would make the next attempt some 30 s later.
      assert.ok(overSchedule !== undefined && overSchedule < 8, `${overSchedule} s later: ${calls.join()}`);
      assert.ok(calls.length < 20, calls.join());
    }
  });

  it("asks while it waits for the network, so that nothing but the launch is left to do afterwards", async () => {
    const good = 6;
    await using images = await startImageServer();
    await using sim = await startSimulator({
      version: "1.16.3",
      faults: { networkOutages: [{ from: 0, to: good }], failedFetchAborts: true },
    });
    const goodAt = (await sim.world()).startedAt + good * 1000;
    let readAt = Number.POSITIVE_INFINITY;
    const computer = {
      ...thisComputer,
      env: { ...process.env, ...sim.env, PULUMI_MULTIPASS_IMAGE_SERVER: undefined },
      // Stands in for Ubuntu's servers, since nothing names others.
      readIndex: async (url: string, signal: AbortSignal) => {
        if (Date.now() < goodAt) throw Object.assign(new Error("getaddrinfo"), { code: "EAI_AGAIN" });
        readAt = Math.min(readAt, Date.now());
        const { host, pathname } = new URL(url);
        if (host !== "cloud-images.ubuntu.com") return;
        await thisComputer.readIndex(new URL(pathname, images.url).href, signal);
      },
    };
    const multipass = newMultipass(sim.bin, systemClock, computer);
    await createInstance(surroundings(multipass, systemClock), {
      name: "vm",
      image: "24.04",
      owner: "urn",
    });
    const calls = await sim.calls();
    const since = calls.filter(({ startedAt }) => startedAt >= readAt).map(({ argv }) => argv);
    assert.equal(since[0]?.[0], "launch", since.join("\n"));
    assert.ok(calls.some(({ argv }) => argv.join(" ") === "get --raw local.image.mirror"));
  });

  it("continues immediately when a network that failed in between is back", async () => {
    const { lost } = await create("1.16.3", [
      [0, 10],
      [11, 45],
    ]);
    assert.ok(lost !== undefined && lost < 25, `${lost} s were lost`);
  });
});
