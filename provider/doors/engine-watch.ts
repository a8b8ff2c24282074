import { subscribe } from "node:diagnostics_channel";
import http2 from "node:http2";

/** The address of Pulumi's engine, which is the first argument of the plugin process. */
export function engineAddress(): string | undefined {
  const address = process.argv[2];
  return address !== undefined && /^[\w.-]+:\d+$/.test(address) ? address : undefined;
}

/** The call by which the engine tells a plugin that the run is cancelled. */
const CANCEL = "/pulumirpc.ResourceProvider/Cancel";

/**
 * Tells of the engine's call `Cancel`, which Pulumi's dynamic provider answers without passing it on.
 *
 * The gRPC server was started before this module was loaded, so the call is seen where Node.js hands a request to any HTTP/2 server:
 * on a diagnostics channel (since 22.21 and 24.2), and at the documented event `stream` of the server, for older releases.
 */
export function onCancelCall(heard: () => void): void {
  const look = (headers: unknown) => {
    if ((headers as http2.IncomingHttpHeaders | undefined)?.[":path"] === CANCEL) heard();
  };
  subscribe("http2.server.stream.start", (message) => look((message as { headers?: unknown }).headers));
  const servers = Object.getPrototypeOf(http2.createServer()) as http2.Http2Server;
  const { emit } = servers;
  servers.emit = function (this: http2.Http2Server, ...event: unknown[]) {
    if (event[0] === "stream") look(event[2]);
    return Reflect.apply(emit, this, event);
  } as http2.Http2Server["emit"];
}

/** Milliseconds after the end of a connection before the next one is tried. */
const RECONNECT_MS = 500;

/**
 * Tells when the engine is gone: a CLI that is killed leaves its plugins running. Keeps one connection open, and tries another when it
 * ends. An engine that could never be reached is not watched.
 */
export function onEngineLost(address: string, lost: () => void, wasReached = false): void {
  let isReached = false;
  const session = http2.connect(`http://${address}`);
  session.unref();
  session.once("connect", () => {
    isReached = true;
  });
  // The event `close` follows.
  session.on("error", () => undefined);
  session.once("close", () => {
    if (isReached) setTimeout(onEngineLost, RECONNECT_MS, address, lost, true).unref();
    else if (wasReached) lost();
  });
}
