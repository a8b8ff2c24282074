import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isMultipassError } from "../../provider/driver/errors.ts";
import { downloadImage } from "../../provider/images/download.ts";
import type { ResolvedImage } from "../../provider/images/image.ts";

const CONTENT = Buffer.from("0123456789".repeat(10_000));
const sha256 = createHash("sha256").update(CONTENT).digest("hex");

describe("an image that is downloaded here", () => {
  let folder: string;
  let server: Server;
  let requests: IncomingMessage[];
  let respond: (request: IncomingMessage, response: ServerResponse) => void;
  let image: ResolvedImage;

  const whole = (_request: IncomingMessage, response: ServerResponse) => void response.end(CONTENT);
  const ranged = (request: IncomingMessage, response: ServerResponse) => {
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200).end(CONTENT.subarray(from));
  };
  const download = () => downloadImage(image, { folder });

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "multipass-images-"));
    requests = [];
    respond = whole;
    server = createServer((request, response) => {
      requests.push(request);
      respond(request, response);
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as AddressInfo;
    image = {
      url: `http://127.0.0.1:${port}/x.img`,
      sha256,
      size: CONTENT.length,
      version: "1",
      release: "24.04",
    };
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("arrives complete, reports its progress, and is the only file", async () => {
    const shown: number[] = [];
    const file = await downloadImage(image, { folder, onProgress: (percent) => shown.push(percent) });
    assert.deepEqual(readFileSync(file), CONTENT);
    assert.equal(shown.at(-1), 100);
    assert.equal(new Set(shown).size, shown.length);
    assert.equal(readdirSync(folder).length, 1);
  });

  it("is not downloaded again unless it is damaged", async () => {
    const file = await download();
    await download();
    assert.equal(requests.length, 1);
    writeFileSync(file, "damaged");
    assert.deepEqual(readFileSync(await download()), CONTENT);
  });

  it("is downloaded once for many", async () => {
    const files = await Promise.all([download(), download(), download()]);
    assert.equal(new Set(files).size, 1);
    assert.equal(requests.length, 1);
  });

  it("resumes after an interruption", async () => {
    respond = (_request, response) => {
      response.writeHead(200, { "content-length": CONTENT.length });
      response.write(CONTENT.subarray(0, 30_000));
      setTimeout(() => response.destroy(), 100);
    };
    await assert.rejects(
      download(),
      (error) => isMultipassError(error, "download-failed") && error.transient,
    );
    respond = ranged;
    assert.deepEqual(readFileSync(await download()), CONTENT);
    assert.match(requests[1]?.headers.range ?? "", /^bytes=[1-9]\d*-$/);
  });

  it("starts over if the server cannot resume", async () => {
    respond = (_request, response) => {
      response.writeHead(200, { "content-length": CONTENT.length });
      response.write(CONTENT.subarray(0, 30_000));
      setTimeout(() => response.destroy(), 100);
    };
    await assert.rejects(download());
    respond = whole;
    assert.deepEqual(readFileSync(await download()), CONTENT);
  });

  it("is discarded if its hash differs from the list, and arrives complete with the next try", async () => {
    respond = (_request, response) => void response.end(Buffer.alloc(CONTENT.length, "x"));
    await assert.rejects(download(), (error) => isMultipassError(error, "image-hash-mismatch"));
    assert.deepEqual(readdirSync(folder), []);
    respond = ranged;
    assert.deepEqual(readFileSync(await download()), CONTENT);
  });

  it("is never longer than the list says", async () => {
    let sent = 0;
    respond = (_request, response) => {
      response.writeHead(200);
      const chunk = Buffer.alloc(1024 * 1024);
      const send = () => {
        while (!response.destroyed && sent < 200 && response.write(chunk)) sent++;
        if (!response.destroyed && sent < 200) response.once("drain", send);
        else response.end();
      };
      send();
    };
    await assert.rejects(download(), /more than the 100000 bytes/);
    assert.ok(sent < 100, `${sent} MiB were taken of an image of 100 kB`);
  });

  it("fails when the server refuses, or on the signal", async () => {
    respond = (_request, response) => void response.writeHead(503).end();
    await assert.rejects(download(), /status 503/);
    respond = (_request, response) => void response.writeHead(200).write("x");
    await assert.rejects(downloadImage(image, { folder, signal: AbortSignal.timeout(200) }), (error) =>
      isMultipassError(error, "download-failed"),
    );
  });
});
