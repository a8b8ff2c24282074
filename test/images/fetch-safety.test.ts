import assert from "node:assert/strict";
import type { Multipass } from "../../provider/core/context.ts";
import { findSafely } from "../../provider/core/instance/daemon-list.ts";
import { LaunchPermit } from "../../provider/core/instance/launch-permit.ts";
import { newMultipass } from "../../provider/core/multipass.ts";
import { Driver } from "../../provider/driver/driver.ts";
import { MultipassError } from "../../provider/driver/errors.ts";
import { capabilities, parseVersion, type Version } from "../../provider/driver/version.ts";
import { thisComputer } from "../../provider/host/computer.ts";
import { FetchGuard } from "../../provider/images/fetch-guard.ts";
import { type Moment, safetyOf } from "../../provider/images/fetch-safety.ts";
import { fetchBegin, looksAfter } from "../../provider/images/fetch-schedule.ts";
import { parseImage } from "../../provider/images/image.ts";
import { seededRandom } from "../../simulator/src/random.ts";
import { operationFor, surroundings } from "../support/operations.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const SECONDS = 1_000;
const BOOT: Moment = {
  readableFor: undefined,
  unreadableFor: 1,
  failureMs: 1_200,
  daemonAge: 0,
  retries: true,
};

describe("when a stream to the daemon is safe", () => {
  const rows: [what: string, moment: Partial<Moment>, state: string, question: number, launch: number][] = [
    ["offline, in the first fetch", { daemonAge: 0 }, "fetching", 7.7, 40.1],
    ["offline, after the second", { daemonAge: 8_000 }, "between-fetches", 0, 32.1],
    ["offline, just before the third", { daemonAge: 13_000 }, "fetching", 5.9, 27.1],
    ["offline, after the fourth", { daemonAge: 42_000 }, "between-fetches", 0, 0],
    ["offline, with a daemon of yesterday", { daemonAge: 86_400_000 }, "between-fetches", 0, 0],
    ["offline, before 1.14", { daemonAge: 2_000, retries: false }, "between-fetches", 0, 0],
    ["offline, packets dropped", { daemonAge: 8_000, failureMs: 11_000 }, "fetching", 122.3, 213.3],
    ["offline, daemon elsewhere", { daemonAge: undefined }, "unforeseeable", 299.999, 299.999],
    ["offline for five minutes", { daemonAge: undefined, unreadableFor: 300_000 }, "unforeseeable", 0, 0],
    ["online again, in a fetch", { daemonAge: 400, readableFor: 0 }, "settling", 1.1, 1.1],
    ["online again, and settled", { daemonAge: 1_300, readableFor: 1_200 }, "reachable", 0, 0],
    ["online again, between fetches", { daemonAge: 9_000, readableFor: 0 }, "reachable", 0, 0],
    ["online again, daemon elsewhere", { daemonAge: undefined, readableFor: 200 }, "settling", 1, 1],
    ["online", { daemonAge: undefined, readableFor: 0, unreadableFor: 0 }, "reachable", 0, 0],
  ];
  for (const [what, moment, state, question, launch] of rows) {
    it(`${what}: ${state}`, () => {
      const asked = safetyOf("question", { ...BOOT, ...moment });
      const launched = safetyOf("launch", { ...BOOT, ...moment });
      assert.deepEqual(
        [asked.state, asked.waitMs / SECONDS, launched.waitMs / SECONDS],
        [state, question, launch],
      );
    });
  }

  it("is computed after each fetch, whether earlier ones failed at once or after a second", () => {
    assert.deepEqual(looksAfter(0).slice(0, 2), [5_300, 6_000]);
    assert.deepEqual(
      looksAfter(6_400),
      [7_000, 8_000, 9_000].slice(0, 3).filter((look) => look > 6_400),
    );
  });
});

interface BootOptions {
  version: string;
  daemonAt: number;
  networkAt: number;
  /** Milliseconds that a fetch takes to fail. */
  failure: number;
  daemonHasList?: boolean;
  isRemote?: boolean;
}

/** A computer that boots, its daemon, and whatever opens a stream. All in virtual time. */
class Boot {
  readonly clock = new VirtualClock();
  readonly host: Multipass;
  aborts = 0;
  #open = 0;
  #isExposed = false;
  #hasList = false;
  readonly #off = new AbortController();

  readonly options: BootOptions;

  constructor(options: BootOptions) {
    this.options = options;
    const { clock } = this;
    const { version, daemonAt, failure, daemonHasList = false, isRemote = false } = options;
    const computer = {
      ...thisComputer,
      platform: "linux" as const,
      env: isRemote ? { MULTIPASS_SERVER_ADDRESS: "vm:1" } : {},
      now: () => clock.date(),
      modified: () => (clock.now() >= daemonAt ? clock.date() - clock.now() + daemonAt : undefined),
      readIndex: async () => {
        await clock.sleep(this.isOnline ? 100 : Math.min(failure, 5_000));
        if (!this.isOnline) throw new Error("getaddrinfo EAI_AGAIN");
      },
    };
    this.#hasList = daemonHasList;
    this.host = {
      ...newMultipass("multipass", clock, computer),
      guard: new FetchGuard(computer, clock, () => 86_400_000),
      capabilities: async () => capabilities(parseVersion(version) as Version),
      driver: Object.assign(new Driver("multipass"), {
        find: async () => {
          await this.stream(200);
          if (!this.#hasList)
            throw new MultipassError("no list", { kind: "download-failed", transient: true });
          return { noble: {} };
        },
      }),
    };
    this.#fetch().catch(() => undefined);
  }

  /** Turns the computer off: its daemon would fetch for ever. */
  [Symbol.dispose](): void {
    this.#off.abort();
  }

  get isOnline(): boolean {
    return this.clock.now() >= this.options.networkAt;
  }

  async #fetch(): Promise<void> {
    const { clock } = this;
    const { daemonAt, failure } = this.options;
    await clock.sleep(daemonAt);
    for (let number = 1; !this.#off.signal.aborted; number++) {
      this.#isExposed = this.#open > 0;
      const fails = !this.isOnline;
      await clock.sleep(fails ? failure : 300);
      if (fails && this.#isExposed) this.aborts += 1;
      this.#hasList ||= !fails;
      await clock.sleep(fails ? fetchBegin(number) - fetchBegin(number - 1) : 900_000, this.#off.signal);
    }
  }

  /** A `launch` or a `find`, from the start of its process on. */
  async stream(ms: number): Promise<void> {
    await this.clock.sleep(100);
    this.#open += 1;
    this.#isExposed = true;
    await this.clock.sleep(ms);
    this.#open -= 1;
  }

  readonly catalogue = { indexes: ["index"], indexFor: () => "index" };

  /** One create, up to its launch. @returns milliseconds until then */
  async launch(image: string | undefined = undefined): Promise<number> {
    const source = { image: parseImage(image), servers: async () => this.catalogue };
    const op = operationFor(1_800_000, surroundings(this.host, this.clock));
    const permit = new LaunchPermit(op, source);
    await permit.wait(() => true);
    const at = this.clock.now();
    await this.stream(this.isOnline ? 60_000 : 1_000);
    return at;
  }
}

describe("a computer that boots", () => {
  it("never aborts its daemon by our waiting: 200 random boots, many creates and lookups, begun at any moment", async () => {
    const random = seededRandom(7);
    const upTo = (max: number) => Math.floor(random() * max);
    for (let boot = 0; boot < 200; boot++) {
      const networkAt = upTo(180 * SECONDS);
      const options = {
        version: ["1.14.1", "1.16.3", "1.17.0"][upTo(3)] as string,
        daemonAt: upTo(60 * SECONDS),
        networkAt,
        failure: [8, 500, 1_000, 1_050][upTo(4)] as number,
      };
      using subject = new Boot(options);
      const work = Array.from({ length: 1 + upTo(4) }, async (_, index) => {
        await subject.clock.sleep(upTo(240 * SECONDS));
        const begun = subject.clock.now();
        const { host, catalogue } = subject;
        if (index === 1) {
          await findSafely(host, catalogue, {}).catch(() => undefined);
          return;
        }
        const launched = await subject.launch();
        const earliest = Math.max(begun, networkAt, 0);
        assert.ok(launched >= networkAt, `launched at ${launched}: ${JSON.stringify(options)}`);
        assert.ok(launched - earliest < 2_500, `${launched - earliest} ms late: ${JSON.stringify(options)}`);
      });
      await Promise.all(work);
      assert.equal(subject.aborts, 0, JSON.stringify(options));
    }
  });

  it("asks a daemon with its own way to the servers between two fetches, and then launches", async () => {
    const options = { version: "1.16.3", daemonAt: 0, networkAt: 9e9, failure: 1_000, daemonHasList: true };
    using subject = new Boot(options);
    const launched = await subject.launch();
    assert.ok(launched > 7_000 && launched < 60_000, `${launched}`);
    assert.equal(subject.aborts, 0);
  });

  it("tries a daemon with unpredictable fetches after five minutes", async () => {
    const options = { version: "1.17.0", daemonAt: 0, networkAt: 9e9, failure: 1_000, isRemote: true };
    using subject = new Boot(options);
    const launched = await subject.launch();
    assert.ok(launched >= 300_000 && launched < 302_000, `${launched}`);
  });

  it("launches a file without a network, once the daemon's fetches are far enough apart", async () => {
    const options = { version: "1.17.0", daemonAt: 0, networkAt: 9e9, failure: 1_000 };
    using subject = new Boot(options);
    const launched = await subject.launch("file:///a.img");
    assert.ok(launched < 42_000, `${launched}`);
    assert.equal(subject.aborts, 0);
  });
});
