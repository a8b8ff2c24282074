import assert from "node:assert/strict";
import { thisComputer } from "../../provider/host/computer.ts";
import { FetchGuard } from "../../provider/images/fetch-guard.ts";
import { getJson, neverReachedServer } from "../../provider/images/http.ts";
import { startImageServer } from "../../simulator/src/index.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

/** A guard in virtual time, with the moments at which it asked. */
function guardOf(read: (url: string) => Promise<void>) {
  const clock = new VirtualClock();
  const asked: number[] = [];
  const readIndex = (url: string) => {
    asked.push(clock.now());
    return read(url);
  };
  return { clock, asked, guard: new FetchGuard({ ...thisComputer, readIndex }, clock) };
}

async function failure(url: string): Promise<Error> {
  const error = await getJson(url).catch((caught: Error) => caught);
  assert.ok(error instanceof Error);
  return error;
}

async function failureOfServer(): Promise<Error> {
  await using server = await startImageServer();
  server.setAvailable(false);
  return failure(`${server.url}/releases/streams/v1/index.json`);
}

describe("waiting for an image server", () => {
  it("asks one that fails at most once a second, however many wait for it", async () => {
    const refused = await failureOfServer();
    let isBroken = true;
    const { clock, asked, guard } = guardOf(async () => {
      if (isBroken) throw refused;
    });
    const { signal } = new AbortController();
    const all = Promise.all(Array.from({ length: 5 }, () => guard.whenReadable("index", signal)));
    await clock.sleep(10_500);
    isBroken = false;
    await all;
    assert.deepEqual(
      asked,
      Array.from({ length: 12 }, (_, second) => second * 1_000),
    );
  });

  it("notices within 0.13 s that names can be resolved, since nothing was sent until then", async () => {
    const unresolved = await failure("https://images.invalid/index.json");
    let isOnline = false;
    const { clock, guard } = guardOf(async () => {
      if (!isOnline) throw unresolved;
    });
    for (const online of [10_001, 10_063, 10_124]) {
      isOnline = false;
      await guard.look(["index"], 0);
      const begun = clock.now();
      const readable = guard.whenReadable("index", new AbortController().signal);
      await clock.sleep(online);
      isOnline = true;
      await readable;
      const late = clock.now() - begun - online;
      assert.ok(late <= 125, `${late} ms`);
    }
  });

  it("tells failures of this computer's network from those of a server", async () => {
    assert.equal(neverReachedServer(await failure("https://images.invalid/index.json")), true);
    assert.equal(neverReachedServer(await failureOfServer()), false);
    assert.equal(
      neverReachedServer(new AggregateError([{ code: "ENETUNREACH" }, { code: "ECONNREFUSED" }])),
      false,
    );
    assert.equal(
      neverReachedServer(new AggregateError([{ code: "ENETUNREACH" }, { code: "EHOSTUNREACH" }])),
      true,
    );
  });
});
