import { createRequire } from "node:module";
import { setTimeout as delay } from "node:timers/promises";
import type { OperationLog } from "../core/run.ts";
import { engineAddress } from "./engine-watch.ts";
import { message } from "./message.ts";

/**
 * Shows what a resource is doing in its own row of `pulumi up`. Pulumi gives a dynamic provider no log. But
 * the plugin process gets the engine's address as its first argument (`process.argv[2]`), and the SDK ships
 * the client.
 */
export function engineLog(urn: string): OperationLog {
  return logTo(connect, urn);
}

/** A log that never fails its operation. @param connect finds the engine; false if there is none */
export function logTo(connect: () => Engine | false, urn: string): OperationLog {
  /** Messages that the engine has not acknowledged yet. Of two at once it may show the later one first. */
  const pending: LogRequest[] = [];
  let allSent = Promise.resolve();
  const sendAll = (engine: Engine, done: () => void): void => {
    const [first] = pending;
    if (first === undefined) done();
    else
      engine.client.log(first, () => {
        pending.shift();
        sendAll(engine, done);
      });
  };
  const send = (severity: Severity, text: string, ephemeral: boolean) => {
    try {
      const engine = connect();
      if (!engine) {
        if (!ephemeral) process.stderr.write(`${text}\n`);
        return;
      }
      const request = message(engine.proto.LogRequest, {
        severity: engine.proto.LogSeverity[severity],
        message: text,
        urn,
        streamid: 0,
        ephemeral,
      });
      if (pending.push(request) > 1) return;
      allSent = new Promise<void>((resolve) => sendAll(engine, resolve));
    } catch {
      // Best effort.
    }
  };
  let shown = "";
  return {
    status(text) {
      // A log file and `--json` keep every line.
      if (text !== shown) send("INFO", text, true);
      shown = text;
    },
    info: (text) => send("INFO", text, false),
    warn: (text) => send("WARNING", text, false),
    async delivered() {
      if (pending.length === 0) return;
      await Promise.race([allSent, delay(DELIVERY_MS, undefined, { ref: false })]);
    },
  };
}

/** Milliseconds that the end of an operation waits for the engine to receive its messages. */
const DELIVERY_MS = 1_000;

type Severity = "INFO" | "WARNING";

/** The client of the engine's own service, and its message classes. */
export interface Engine {
  proto: Pick<typeof import("@pulumi/pulumi/proto/engine_pb.js"), "LogRequest" | "LogSeverity">;
  client: { log(request: LogRequest, done: () => void): unknown };
}

type LogRequest = import("@pulumi/pulumi/proto/engine_pb.js").LogRequest;

let engine: Engine | false | undefined;

function connect(): Engine | false {
  if (engine === undefined) {
    const address = engineAddress();
    engine = address !== undefined && open(address);
  }
  return engine;
}

function open(address: string): Engine | false {
  try {
    // Uses the SDK that runs this very process: a second copy of gRPC would reject its messages.
    const require = createRequire(process.argv[1] ?? import.meta.url);
    const sdk = createRequire(require.resolve("@pulumi/pulumi/package.json"));
    const grpc = sdk("@grpc/grpc-js");
    const { EngineClient } = sdk("@pulumi/pulumi/proto/engine_grpc_pb.js");
    const proto = sdk("@pulumi/pulumi/proto/engine_pb.js");
    return { proto, client: new EngineClient(address, grpc.credentials.createInsecure()) };
  } catch {
    return false;
  }
}
