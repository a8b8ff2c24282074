import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { Context } from "../../provider/lifecycle/context.ts";
import { ImageSource } from "../../provider/lifecycle/instance/image-source.ts";
import { MultipassError } from "../../provider/multipass/errors.ts";
import { parseVersion } from "../../provider/multipass/version.ts";
import { aborted } from "../../provider/readiness/clock.ts";

const RESOLVED = { url: "https://host/a.img", sha256: "", size: 1, version: "1", release: "24.04" };
const noList = new MultipassError("no list", { kind: "images-unreachable", transient: true });

/** A host on which time stands where it is put. */
function contextOf(now: () => number, host: Partial<Context["host"]> = {}): Context {
  const quiet = () => undefined;
  return {
    clock: { now, sleep: (_ms: number, signal: AbortSignal) => aborted(signal) },
    signal: new AbortController().signal,
    log: { status: quiet, info: quiet, warn: quiet },
    host: {
      machine: { platform: "linux", env: {} },
      mirror: async () => undefined,
      catalogue: () => ({ covers: () => true, resolve: async () => RESOLVED }),
      version: async () => ({ client: parseVersion("1.16.3") }),
      ...host,
    },
  } as unknown as Context;
}

describe("where a launch takes its image from", () => {
  it("is the URL again at once, when the look-up was left to a daemon whose list turns out to be bad still", async () => {
    let now = 0;
    const source = new ImageSource(
      contextOf(() => now),
      { name: "vm", image: "24.04", owner: "urn" },
    );
    source.failed(noList);
    assert.equal((await source.next())?.url, "https://host/a.img");
    source.failed(new MultipassError("no network", { kind: "download-failed", transient: true }));
    // So long after that the daemon may have its list by now; but it has not.
    now = 61_000;
    assert.equal(await source.next(), undefined);
    source.failed(noList);
    const over = new AbortController();
    const wait = { attempt: 3, delay: 60_000, error: noList, remaining: 600_000 };
    const woken = source.whenWorthAnotherTry(wait, over.signal).then(() => "woken");
    assert.equal(await Promise.race([woken, delay(200, "asleep")]), "woken");
    assert.equal((await source.next())?.url, "https://host/a.img");
    over.abort();
    source.close();
  });

  it("is the mirror that the daemon is told to use, and no other server", async () => {
    const asked: (string | undefined)[] = [];
    const mirror = "https://mirror.example/";
    const catalogue = (_servers: unknown, server?: string) => ({
      covers: () => true,
      resolve: async () => {
        asked.push(server);
        return RESOLVED;
      },
    });
    const ctx = contextOf(() => 0, { catalogue, mirror: async () => mirror } as unknown as Context["host"]);
    const source = new ImageSource(ctx, { name: "vm", image: "24.04", owner: "urn" });
    source.failed(noList);
    assert.equal((await source.next())?.url, RESOLVED.url);
    assert.deepEqual(asked, [mirror]);
    source.close();
  });

  it("is a mirror with a password, of which nothing is said or written down", async () => {
    const said: string[] = [];
    const url = "https://me:s3same@mirror.example/a.img";
    const catalogue = () => ({ covers: () => true, resolve: async () => ({ ...RESOLVED, url }) });
    const ctx = contextOf(() => 0, { catalogue } as unknown as Context["host"]);
    ctx.log.info = (message) => void said.push(message);
    const source = new ImageSource(ctx, { name: "vm", image: "24.04", owner: "urn" });
    source.failed(noList);
    const next = await source.next();
    assert.equal(next?.url, url);
    assert.equal(next?.image.url, "https://mirror.example/a.img");
    assert.match(said.join("\n"), /by its URL, https:\/\/mirror\.example/);
    assert.doesNotMatch(said.join("\n") + source.done.join("\n"), /s3same/);
    source.close();
  });
});
