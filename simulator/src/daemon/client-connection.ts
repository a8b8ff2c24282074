import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import { StringDecoder } from "node:string_decoder";
import { DaemonGone } from "../cli/errors.ts";
import type { ClientIo } from "../cli/io.ts";
import { runClient } from "../cli/run.ts";
import type { ClientFrame, DaemonFrame, Hello } from "../protocol.ts";
import { recordStart } from "../recorded-calls.ts";
import type { Multipassd } from "./multipassd.ts";

/**
 * Serves one client process. The client introduces itself, then the command runs here on the client's
 * streams.
 */
export function serveClient(socket: Socket, daemon: Multipassd): void {
  const connection = new ClientConnection(socket, daemon);
  const decoder = new StringDecoder("utf8");
  let pending = "";
  socket.on("data", (chunk) => {
    // Searches only what is new: the frame of a large file comes in thousands of parts.
    const lines = decoder.write(chunk).split("\n");
    const rest = lines.pop();
    for (const line of lines) {
      connection.receive(JSON.parse(pending + line) as ClientFrame);
      pending = "";
    }
    pending += rest;
  });
  socket.on("error", () => undefined);
  socket.on("close", () => connection.closed());
}

class ClientConnection {
  readonly #socket: Socket;
  readonly #daemon: Multipassd;
  readonly #gone = new AbortController();
  readonly #requests = new Map<number, { resolve(data: Buffer): void; reject(error: Error): void }>();
  #nextRequest = 1;
  #hello: Hello | undefined;
  #stdin: Promise<Buffer> | undefined;
  #stdinSeen: { sha256: string; bytes: number } | undefined;
  #finished = false;

  constructor(socket: Socket, daemon: Multipassd) {
    this.#socket = socket;
    this.#daemon = daemon;
  }

  receive(frame: ClientFrame): void {
    if ("hello" in frame) {
      this.#hello = frame.hello;
      if (frame.hello.record) recordStart(this.#daemon.store.paths.calls, frame.hello);
      this.#run(frame.hello);
      return;
    }
    const request = this.#requests.get(frame.answer);
    this.#requests.delete(frame.answer);
    if (frame.error === undefined) request?.resolve(Buffer.from(frame.data ?? "", "hex"));
    else request?.reject(new Error(frame.error));
  }

  closed(): void {
    this.#gone.abort();
    for (const { reject } of this.#requests.values()) reject(new DaemonGone());
    // A client records its own end. Only SIGKILL keeps it from doing so, and then we record the end here.
    if (!this.#finished && this.#hello && !this.#daemon.ended.aborted) {
      this.#daemon.store.recordEnd({
        id: this.#hello.id,
        signal: "SIGKILL",
        ...this.#stdinRecord(),
      });
    }
  }

  #exit(exitCode: number): void {
    this.#finished = true;
    if (this.#hello?.record)
      this.#daemon.store.recordEnd({ id: this.#hello.id, exitCode, ...this.#stdinRecord() });
    this.#send({ exit: exitCode, ...this.#stdinRecord() });
    this.#socket.end();
  }

  #stdinRecord() {
    return this.#stdinSeen ? { stdinSha256: this.#stdinSeen.sha256, stdinBytes: this.#stdinSeen.bytes } : {};
  }

  #send(frame: DaemonFrame): void {
    if (!this.#socket.destroyed) this.#socket.write(`${JSON.stringify(frame)}\n`);
  }

  #ask(frame: { op: "stdin" } | { op: "readFile"; path: string }): Promise<Buffer> {
    const id = this.#nextRequest++;
    return new Promise((resolve, reject) => {
      this.#requests.set(id, { resolve, reject });
      this.#send({ ask: id, ...frame });
    });
  }

  async #readStdin(): Promise<Buffer> {
    this.#stdin ??= this.#ask({ op: "stdin" }).then((data) => {
      this.#stdinSeen = { sha256: createHash("sha256").update(data).digest("hex"), bytes: data.length };
      return data;
    });
    return this.#stdin;
  }

  async #run(hello: Hello): Promise<void> {
    const daemon = this.#daemon;
    const write = (stream: "out" | "err") => (text: string | Uint8Array) =>
      this.#send(
        typeof text === "string"
          ? { [stream]: text }
          : { [`${stream}Hex`]: Buffer.from(text).toString("hex") },
      );
    const io: ClientIo = {
      argv: hello.argv,
      cwd: hello.cwd,
      home: hello.home,
      out: write("out"),
      err: write("err"),
      readStdin: () => this.#readStdin(),
      readFile: (path) => this.#ask({ op: "readFile", path }),
      setWord: (word) => this.#send({ word }),
      gone: this.#gone.signal,
    };
    daemon.clients.add(io);
    try {
      const exitCode = await runClient(io, {
        version: daemon.store.world.version,
        paths: daemon.store.paths,
        now: () => daemon.clock.now(),
        sleep: (milliseconds) => daemon.clock.sleep(milliseconds, daemon.ended),
        waited: hello.waited,
        connect: async (authenticating) => {
          await daemon.responsive();
          daemon.admit(hello.home, authenticating);
          return daemon;
        },
      });
      if (daemon.ended.aborted) return;
      this.#exit(exitCode);
    } catch (error) {
      // The host closes the socket, so the client sees a broken connection, as with a real daemon.
      if (!(error instanceof DaemonGone) && !daemon.ended.aborted) {
        this.#send({ err: `simulator: ${error instanceof Error ? error.stack : String(error)}\n` });
        this.#exit(70);
      }
    } finally {
      daemon.clients.delete(io);
    }
  }
}
