import assert from "node:assert/strict";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock } from "../../provider/driver/clock.ts";
import { isMultipassError } from "../../provider/driver/errors.ts";
import { Catalogue, imageServers } from "../../provider/images/catalogue.ts";
import { getJson, requireSecure } from "../../provider/images/http.ts";
import { parseImage } from "../../provider/images/image.ts";
import { findImage, readProducts } from "../../provider/images/simplestreams.ts";
import { type ImageServer, startImageServer } from "../../simulator/src/index.ts";

/** A server of one's own making, as a hostile or a broken one is. */
async function serving(listener: RequestListener, use: (url: string) => Promise<void>): Promise<void> {
  const server: Server = createServer(listener);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const json =
  (documents: Record<string, unknown>): RequestListener =>
  (request, response) => {
    const document = documents[request.url ?? ""];
    response.writeHead(document === undefined ? 404 : 200).end(JSON.stringify(document ?? null));
  };

describe("an image argument", () => {
  for (const [image, expected] of [
    [undefined, { kind: "name", remote: undefined, name: "default" }],
    ["24.04", { kind: "name", remote: undefined, name: "24.04" }],
    ["daily:devel", { kind: "name", remote: "daily", name: "devel" }],
    ["release:", { kind: "name", remote: "release", name: "default" }],
    ["https://host/x.img", { kind: "url", url: "https://host/x.img" }],
    ["file:///x.img", { kind: "file", url: "file:///x.img" }],
    ["a:b:c", { kind: "url", url: "a:b:c" }],
  ] as const) {
    it(`${image} is ${JSON.stringify(expected)}`, () => assert.deepEqual(parseImage(image), expected));
  }
});

describe("an image server's list", () => {
  let server: ImageServer;
  before(async () => {
    server = await startImageServer({
      releases: [
        { release: "24.04", codename: "noble", aliases: ["lts", "default"], version: "20260815" },
        { release: "23.10", codename: "mantic", supported: false },
      ],
    });
  });
  after(() => server.close());

  const find = async (name: string, architecture: NodeJS.Architecture = "x64") => {
    const base = `${server.url}/releases/`;
    return findImage(await readProducts(base), base, name, architecture);
  };

  it("has an image under its alias, release and codename, in any case, and the beginning of its hash", async () => {
    const byRelease = await find("24.04");
    assert.ok(byRelease);
    for (const name of [
      "noble",
      "n",
      "lts",
      "default",
      "Noble",
      byRelease.sha256.slice(0, 8),
      byRelease.sha256,
    ])
      assert.deepEqual(await find(name), byRelease, name);
    assert.equal(byRelease.release, "24.04");
    assert.equal(byRelease.version, "20260815");
    assert.match(byRelease.url, /\/releases\/server\/releases\/noble\/release-20260815\/.*-amd64\.img$/);
  });

  it("has an image for each processor", async () => {
    assert.match((await find("24.04", "arm64"))?.url ?? "", /-arm64\.img$/);
    assert.equal(await find("24.04", "s390x"), undefined);
  });

  it("offers nothing for unsupported or unknown names, or for hashes that are too short", async () => {
    assert.equal(await find("mantic"), undefined);
    assert.equal(await find("nosuch"), undefined);
    assert.equal(await find((await find("24.04"))?.sha256.slice(0, 5) ?? ""), undefined);
  });

  it("offers the newest of several builds, and an older one by its hash", () => {
    const item = (sha256: string, path: string) => ({ items: { "disk1.img": { path, sha256, size: 1 } } });
    const product = {
      arch: "amd64",
      aliases: "noble",
      release: "noble",
      release_title: "24.04",
      version: "24.04",
      supported: true,
      versions: {
        "20260801": item("a".repeat(64), "old"),
        "20260815": item("b".repeat(64), "new"),
        "20260820": { items: {} },
      },
    };
    const find = (name: string) => findImage({ product }, "https://host/", name, "x64")?.url;
    assert.equal(find("noble"), "https://host/new");
    assert.equal(find("aaaaaaaa"), "https://host/old");
  });
});

describe("an untrustworthy image server", () => {
  const index = (path: string) => ({
    "/streams/v1/index.json": { index: { x: { datatype: "image-downloads", path } } },
  });

  it("cannot send us to another server for its list", () =>
    serving(json(index("https://evil.example/products.json")), async (url) => {
      await assert.rejects(readProducts(url), /points to another server/);
    }));

  it("cannot send us to another server for an image", () =>
    serving(
      json({
        ...index("products.json"),
        "/products.json": {
          products: {
            x: {
              arch: "amd64",
              aliases: "noble",
              versions: {
                "1": {
                  items: { "disk1.img": { path: "https://evil.example/x.img", sha256: "a".repeat(64) } },
                },
              },
            },
          },
        },
      }),
      async (url) => {
        assert.equal(findImage(await readProducts(url), url, "noble", "x64"), undefined);
      },
    ));

  it("is reported as invalid, not as away: another try would not help", async () => {
    for (const documents of [
      index("x"),
      { "/streams/v1/index.json": {} },
      { "/streams/v1/index.json": { index: {} } },
    ]) {
      await serving(json({ ...documents, "/x": { products: 1 } }), async (url) => {
        await assert.rejects(
          readProducts(url.replace("//", "//me:s3same@")),
          (error) =>
            isMultipassError(error, "bad-output") && !error.transient && !/s3same/.test(error.message),
        );
      });
    }
  });

  it("is not read beyond the size of any list", () =>
    serving(
      (_request, response) => {
        response.writeHead(200);
        const chunk = Buffer.alloc(8 * 1024 * 1024, " ");
        const send = () => {
          while (!response.destroyed && response.write(chunk));
          if (!response.destroyed) response.once("drain", send);
        };
        send();
      },
      async (url) => {
        await assert.rejects(getJson(url), /too large for an image index/);
      },
    ));

  it("is abandoned when it stalls", () =>
    serving(
      (_request, response) => void response.writeHead(200).write('{"index":'),
      async (url) => {
        await assert.rejects(
          getJson(url, AbortSignal.timeout(300)),
          (error) => isMultipassError(error, "download-failed") && error.transient,
        );
      },
    ));

  it("is reported as away if it does not answer, or answers with a failure", async () => {
    await assert.rejects(getJson("http://me:s3same@127.0.0.1:9/x"), (error: Error) => {
      assert.match(error.message, /^Unable to read http:\/\/127\.0\.0\.1:9\/x/);
      return true;
    });
    await assert.rejects(getJson("http://127.0.0.1:9/x"), (error) =>
      isMultipassError(error, "download-failed"),
    );
    await serving(json({}), async (url) => {
      await assert.rejects(getJson(url), /status 404/);
    });
  });

  it("must use TLS, or be this host", () => {
    for (const url of [
      "http://cloud-images.ubuntu.com/",
      "ftp://127.0.0.1/",
      "file:///etc/passwd",
      "nonsense",
      "http://127.0.0.1.evil.example/",
    ])
      assert.throws(() => requireSecure(url), /https:\/\//, url);
    for (const url of ["https://me:s3/same@mirror.example/", "http://me:s3same@mirror.example/"])
      assert.throws(
        () => requireSecure(url),
        ({ message }: Error) => !/s3|same/.test(message),
        url,
      );
    for (const url of [
      "https://mirror.example/",
      "http://localhost:8000/",
      "http://127.0.0.1/",
      "http://[::1]:1/",
    ])
      requireSecure(url);
  });
});

describe("the catalogue", () => {
  it("reads a list once for all callers", async () => {
    const server = await startImageServer();
    try {
      const catalogue = new Catalogue(
        imageServers({}, { PULUMI_MULTIPASS_IMAGE_SERVER: server.url }),
        systemClock,
      );
      const all = await Promise.all(
        ["24.04", "22.04", undefined].map((image) => catalogue.resolve(parseImage(image))),
      );
      assert.ok(all.every(Boolean));
      assert.equal(server.requests().length, 2);
      assert.ok(
        await catalogue.resolve(parseImage("devel")),
        "found among the daily ones, where the releases have none",
      );
      assert.equal(await catalogue.resolve(parseImage("release:devel")), undefined);
      assert.equal(catalogue.covers(parseImage("core:core24")), false);
    } finally {
      await server.close();
    }
  });

  it("takes its servers from the arguments, then from a mirror, and refuses what is not encrypted", () => {
    const mirrored = imageServers(
      { daily: "https://daily.example/x" },
      { PULUMI_MULTIPASS_IMAGE_SERVER: "https://mirror.example/ubuntu" },
    );
    assert.equal(mirrored["release"], "https://mirror.example/ubuntu/releases/");
    assert.equal(mirrored["daily"], "https://daily.example/x/");
    // The daemon's own mirror comes last.
    const ofDaemon = (env: NodeJS.ProcessEnv) => imageServers({}, env, "https://daemon.example/")["release"];
    assert.equal(ofDaemon({}), "https://daemon.example/releases/");
    assert.equal(
      ofDaemon({ PULUMI_MULTIPASS_IMAGE_SERVER: "https://mirror.example" }),
      "https://mirror.example/releases/",
    );
    assert.throws(() => imageServers({ release: "http://mirror.example/" }, {}), /https/);
  });
});
