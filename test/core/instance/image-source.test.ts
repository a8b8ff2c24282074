import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Multipass } from "../../../provider/core/context.ts";
import { ImageSource } from "../../../provider/core/instance/image-source.ts";
import type { InstanceInputs } from "../../../provider/core/instance/model.ts";
import { newMultipass } from "../../../provider/core/multipass.ts";
import type { Surroundings } from "../../../provider/core/operation/operation.ts";
import { aborted, type Clock, systemClock } from "../../../provider/driver/clock.ts";
import { MultipassError } from "../../../provider/driver/errors.ts";
import { Catalogue, imageServers } from "../../../provider/images/catalogue.ts";
import type { ResolvedImage } from "../../../provider/images/image.ts";
import { fakeComputer } from "../../support/fake-computer.ts";
import { surroundings } from "../../support/operations.ts";

const RESOLVED = { url: "https://host/a.img", sha256: "", size: 1, version: "1", release: "24.04" };
const noList = new MultipassError("no list", { kind: "images-unreachable", transient: true });

/** A catalogue that has every image, at the given URLs. */
function catalogueOf(resolve: () => Promise<ResolvedImage>): Catalogue {
  const servers = new Catalogue(imageServers({}, {}), systemClock);
  return Object.assign(servers, { covers: () => true, resolve });
}

/** A host whose clock stands still unless the test moves it. */
function standing(now: () => number, host: Partial<Multipass> = {}): Surroundings {
  const clock: Clock = {
    now,
    momentOf: () => now(),
    sleep: (_ms, signal = new AbortController().signal) => aborted(signal),
  };
  const catalogue = catalogueOf(async () => RESOLVED);
  const parts = { mirror: async () => undefined, catalogue: () => catalogue, ...host };
  return surroundings({ ...newMultipass("multipass", clock, fakeComputer()), ...parts }, clock);
}

describe("the image source of a launch", () => {
  it("is the URL again immediately, if a look-up left to the daemon finds its list still bad", async () => {
    let now = 0;
    const source = new ImageSource(
      standing(() => now),
      { image: "24.04" },
    );
    source.failed(noList);
    assert.equal((await source.next())?.url, "https://host/a.img");
    source.failed(new MultipassError("no network", { kind: "download-failed", transient: true }));
    // After this long the daemon may have its list, but here it does not.
    now = 61_000;
    assert.equal(await source.next(), undefined);
    source.failed(noList);
    const over = new AbortController();
    const wait = { attempt: 3, delay: 60_000, error: noList, remaining: 600_000 };
    const woken = source.whenWorthAnotherTry(wait, over.signal).then(() => "woken");
    assert.equal(await Promise.race([woken, delay(200, "asleep")]), "woken");
    assert.equal((await source.next())?.url, "https://host/a.img");
    over.abort();
  });

  it("is resolved again after the server refused the build from the list", async () => {
    let version = 1;
    const catalogue = () => catalogueOf(async () => ({ ...RESOLVED, url: `https://host/${version++}.img` }));
    const ctx = standing(() => 0, { catalogue });
    const source = new ImageSource(ctx, { image: "24.04" });
    await source.failed(noList);
    assert.equal((await source.next())?.url, "https://host/1.img");
    const refused = new MultipassError("404", { kind: "image-refused", transient: true });
    await source.failed(refused);
    assert.equal(source.isHopeless(refused), false);
    assert.equal((await source.next())?.url, "https://host/2.img");
  });

  it("is reported once for all launches, with the server instead of a long URL", async () => {
    const said: string[] = [];
    const ctx = standing(() => 0);
    ctx.log.info = (message) => void said.push(message);
    for (const image of ["24.04", "22.04", "24.04"]) {
      const source = new ImageSource(ctx, { image });
      await source.failed(noList);
      await source.next();
      // The diagnosis of each create names what was done for it.
      assert.match(source.done.join(), /launching by URL/);
    }
    assert.deepEqual(said, ["no image list in the daemon yet: launching by URL from host"]);
  });

  it("is the mirror set in the daemon, and no other server", async () => {
    const asked: (string | undefined)[] = [];
    const mirror = "https://mirror.example/";
    const catalogue = (_servers: unknown, server?: string) =>
      catalogueOf(async () => {
        asked.push(server);
        return RESOLVED;
      });
    const ctx = standing(() => 0, { catalogue, mirror: async () => mirror });
    const source = new ImageSource(ctx, { image: "24.04" });
    source.failed(noList);
    assert.equal((await source.next())?.url, RESOLVED.url);
    assert.deepEqual(asked, [mirror]);
  });

  describe("on a mirror with a password", () => {
    const url = "http://me:s3same@127.0.0.1:9/a.img";
    const said: string[] = [];
    const sourceOf = (remedies: InstanceInputs["remedies"]) => {
      said.length = 0;
      const catalogue = () => catalogueOf(async () => ({ ...RESOLVED, url }));
      const ctx = standing(() => 0, { catalogue });
      ctx.log.info = (message) => void said.push(message);
      const source = new ImageSource(ctx, { image: "24.04", remedies });
      source.failed(noList);
      return { source, list: ctx.multipass.gates.list };
    };

    it("is not a URL, which every user of the host could read", async () => {
      const { source, list } = sourceOf({});
      assert.equal(await source.next(), undefined);
      assert.match(said.join("\n"), /not launching 24\.04 by its URL at 127\.0\.0\.1:9: .* password/);
      assert.doesNotMatch(said.join("\n") + source.done.join("\n"), /s3same/);
      // From now on, launches wait for the daemon's list.
      assert.equal(source.gate, list);
    });

    it("is downloaded here if that is allowed, and the password appears in no message", async () => {
      const folder = mkdtempSync(join(tmpdir(), "images-"));
      after(() => rmSync(folder, { recursive: true }));
      const { source } = sourceOf({ localImage: true, imageFolder: folder });
      await assert.rejects(source.next(), (error: Error) => {
        assert.match(error.message, /Unable to download http:\/\/127\.0\.0\.1:9\/a\.img/);
        assert.doesNotMatch(error.message, /s3same/);
        return true;
      });
      assert.match(said.join("\n"), /has no image list yet: downloading 24\.04/);
      assert.doesNotMatch(said.join("\n"), /s3same|by its URL|launching by URL/);
    });
  });
});
