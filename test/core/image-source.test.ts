import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Multipass } from "../../provider/core/context.ts";
import { ImageSource } from "../../provider/core/instance/image-source.ts";
import type { InstanceInputs } from "../../provider/core/instance/model.ts";
import { newMultipass } from "../../provider/core/multipass.ts";
import { aborted, type Clock, systemClock } from "../../provider/core/operation/clock.ts";
import type { Surroundings } from "../../provider/core/operation/operation.ts";
import { MultipassError } from "../../provider/driver/errors.ts";
import { Catalogue, imageServers } from "../../provider/images/catalogue.ts";
import type { ResolvedImage } from "../../provider/images/simplestreams.ts";
import { fakeMachine } from "../support/fake-machine.ts";
import { surroundings } from "../support/operations.ts";

const RESOLVED = { url: "https://host/a.img", sha256: "", size: 1, version: "1", release: "24.04" };
const noList = new MultipassError("no list", { kind: "images-unreachable", transient: true });

/** A catalogue that has every image, at the URLs that are given. */
function catalogueOf(resolve: () => Promise<ResolvedImage>): Catalogue {
  const servers = new Catalogue(imageServers({}, {}), systemClock);
  return Object.assign(servers, { covers: () => true, resolve });
}

/** A host on which time stands where it is put. */
function standing(now: () => number, host: Partial<Multipass> = {}): Surroundings {
  const clock: Clock = {
    now,
    momentOf: () => now(),
    sleep: (_ms, signal = new AbortController().signal) => aborted(signal),
  };
  const catalogue = catalogueOf(async () => RESOLVED);
  const parts = { mirror: async () => undefined, catalogue: () => catalogue, ...host };
  return surroundings({ ...newMultipass("multipass", clock, fakeMachine()), ...parts }, clock);
}

describe("where a launch takes its image from", () => {
  it("is the URL again at once, when the look-up was left to a daemon whose list turns out to be bad still", async () => {
    let now = 0;
    const source = new ImageSource(
      standing(() => now),
      { image: "24.04" },
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
  });

  it("is resolved anew after the server refused the build that the list named", async () => {
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

  it("is told once for all launches of the same image", async () => {
    const said: string[] = [];
    const ctx = standing(() => 0);
    ctx.log.info = (message) => void said.push(message);
    for (let create = 0; create < 3; create += 1) {
      const source = new ImageSource(ctx, { image: "24.04" });
      await source.failed(noList);
      await source.next();
      // The diagnosis of each create names what was done for it.
      assert.match(source.done.join(), /by its URL/);
    }
    assert.equal(said.length, 1, said.join("\n"));
  });

  it("is the mirror that the daemon is told to use, and no other server", async () => {
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

  describe("that is on a mirror with a password", () => {
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

    it("is no URL, which every user of the host could read", async () => {
      const { source, list } = sourceOf({});
      assert.equal(await source.next(), undefined);
      assert.match(said.join("\n"), /not launching 24\.04 by its URL at 127\.0\.0\.1:9: .* password/);
      assert.doesNotMatch(said.join("\n") + source.done.join("\n"), /s3same/);
      // From now on it is the daemon's list that is waited for.
      assert.equal(source.gate, list);
    });

    it("is downloaded here where that is allowed, and the password is in nothing that is said of it", async () => {
      const folder = mkdtempSync(join(tmpdir(), "images-"));
      after(() => rmSync(folder, { recursive: true }));
      const { source } = sourceOf({ localImage: true, imageFolder: folder });
      await assert.rejects(source.next(), (error: Error) => {
        assert.match(error.message, /Unable to download http:\/\/127\.0\.0\.1:9\/a\.img/);
        assert.doesNotMatch(error.message, /s3same/);
        return true;
      });
      assert.match(said.join("\n"), /has no image list yet: downloading 24\.04/);
      assert.doesNotMatch(said.join("\n"), /s3same|by its URL/);
    });
  });
});
