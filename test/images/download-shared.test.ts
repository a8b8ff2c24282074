/** One image that several processes want: none may take away, or spoil, what another has of it. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isMultipassError } from "../../provider/driver/errors.ts";
import { downloadImage } from "../../provider/images/download.ts";
import type { ResolvedImage } from "../../provider/images/image.ts";

const CONTENT = Buffer.from("0123456789".repeat(10_000));
const HALF = CONTENT.length / 2;
const MODULE = new URL("../../provider/images/download.ts", import.meta.url).href;

describe("an image that several processes download", () => {
  let folder: string;
  let server: Server;
  let requests: IncomingMessage[];
  let respond: (request: IncomingMessage, response: ServerResponse) => void;
  let image: ResolvedImage;
  let children: ChildProcess[];

  const ranged = (request: IncomingMessage, response: ServerResponse) => {
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    response.writeHead(from > 0 ? 206 : 200).end(CONTENT.subarray(from));
  };

  /** Another process that wants the image. */
  function other(): { child: ChildProcess; end: Promise<{ code: number | null; said: string }> } {
    const program = `const { downloadImage } = await import(${JSON.stringify(MODULE)});
console.log(await downloadImage(${JSON.stringify(image)}, { folder: ${JSON.stringify(folder)} }));`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program]);
    children.push(child);
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (said += data));
    return { child, end: new Promise((resolve) => child.on("close", (code) => resolve({ code, said }))) };
  }

  /** Sends the half; the answer is the response that waits for the rest. */
  const half = () =>
    new Promise<ServerResponse>((begun) => {
      respond = (_request, response) => {
        response.writeHead(200, { "content-length": CONTENT.length });
        response.write(CONTENT.subarray(0, HALF), () => setTimeout(() => begun(response), 200));
      };
    });

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "multipass-images-"));
    requests = [];
    children = [];
    respond = ranged;
    server = createServer((request, response) => {
      requests.push(request);
      respond(request, response);
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as AddressInfo;
    const sha256 = createHash("sha256").update(CONTENT).digest("hex");
    const url = `http://127.0.0.1:${port}/x.img`;
    image = { url, sha256, size: CONTENT.length, version: "1", release: "24.04" };
  });
  afterEach(() => {
    for (const child of children) child.kill("SIGKILL");
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("arrives complete for each, and is stored once", async () => {
    const waiting = half();
    const slow = other();
    const response = await waiting;
    respond = ranged;
    const file = await downloadImage(image, { folder });
    assert.equal(requests[1]?.headers.range, undefined, "goes on with what another is at work on");
    response.end(CONTENT.subarray(HALF));
    const { code, said } = await slow.end;
    assert.equal(code, 0, said);
    assert.equal(said.trim(), file);
    assert.deepEqual(readFileSync(file), CONTENT);
    assert.equal(readdirSync(folder).length, 1);
  });

  it("resumes the download of a killed process, and leaves no partial file", async () => {
    const waiting = half();
    const killed = other();
    await waiting;
    killed.child.kill("SIGKILL");
    await killed.end;
    respond = ranged;
    const file = await downloadImage(image, { folder });
    assert.equal(requests[1]?.headers.range, `bytes=${HALF}-`);
    assert.deepEqual(readFileSync(file), CONTENT);
    assert.equal(readdirSync(folder).length, 1);
  });

  it("resumes an abandoned download even if another process has the ID", async () => {
    const waiting = half();
    const killed = other();
    await waiting;
    killed.child.kill("SIGKILL");
    await killed.end;
    const [left = ""] = readdirSync(folder);
    const reused = join(folder, left.replace(`.${killed.child.pid}-`, `.${process.ppid}-`));
    rmSync(join(folder, left));
    writeFileSync(reused, CONTENT.subarray(0, HALF));
    utimesSync(reused, new Date(0), new Date(0));
    respond = ranged;
    await downloadImage(image, { folder });
    assert.equal(requests[1]?.headers.range, `bytes=${HALF}-`);
    assert.equal(readdirSync(folder).length, 1);
  });

  it("is downloaded again if somebody removed the file", async () => {
    const taken = half();
    const download = downloadImage(image, { folder });
    const response = await taken;
    for (const name of readdirSync(folder)) rmSync(join(folder, name));
    response.end(CONTENT.subarray(HALF));
    await assert.rejects(download, (error) => isMultipassError(error, "download-failed") && error.transient);
    respond = ranged;
    assert.deepEqual(readFileSync(await downloadImage(image, { folder })), CONTENT);
  });
});
