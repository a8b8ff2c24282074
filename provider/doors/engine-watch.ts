import { subscribe } from "node:diagnostics_channel";
import http2 from "node:http2";

/** The address of Pulumi's engine: the first argument of the plugin process. */
export function engineAddress(): string | undefined {
  const address = process.argv[2];
  return address !== undefined && /^[\w.-]+:\d+$/.test(address) ? address : undefined;
}

/** The call by which the engine tells a plugin that the run is cancelled. */
const CANCEL = "/pulumirpc.ResourceProvider/Cancel";

/**
 * Reports the engine's call `Cancel`, which Pulumi's dynamic provider answers without passing it on.
 *
 * The gRPC server starts before this module loads, so we watch the requests that Node.js hands to any HTTP/2
 * server. They appear on a diagnostics channel since 22.21 and 24.2. On older releases, the server's
 * documented event `stream` shows them.
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

/** Milliseconds between the end of a connection and the next try. */
const RECONNECT_MS = 500;

/**
 * Reports the loss of the engine: a CLI that is killed leaves its plugins running. Keeps one connection open,
 * and reconnects when it ends. An engine that was never reachable is not watched.
 */
export function onEngineLost(address: string, lost: () => void, wasReached = false): void {
  let isReached = false;
  const session = http2.connect(`http://${address}`);
  session.unref();
  session.once("connect", () => {
    isReached = true;
  });
  // The event `close` follows and handles this.
  session.on("error", () => undefined);
  session.once("close", () => {
    if (isReached) setTimeout(onEngineLost, RECONNECT_MS, address, lost, true).unref();
    else if (wasReached) lost();
  });
}
