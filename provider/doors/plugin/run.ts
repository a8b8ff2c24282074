import { credentials } from "@grpc/grpc-js";
import enginerpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engproto from "@pulumi/pulumi/proto/engine_pb.js";
import { multipassOf } from "../../core/multipass.ts";
import { Run } from "../../core/run.ts";
import { type Engine, logTo } from "../engine-log.ts";
import { cancelSignal, shutdownSignal } from "../shutdown.ts";
import type { Configuration } from "./configuration.ts";

/** What the core gets for a provider. @param engine its address; a plugin started by hand learns it later */
export function runOf(
  { multipassPath, serverAddress, defaults }: Configuration,
  engine: () => string | undefined,
): Run {
  return new Run({
    log: (owner) => logTo(() => connect(engine()), owner),
    signal: cancelSignal(),
    hold: () => shutdownSignal().release,
    multipass: (own, ownHost) => {
      // A lookup has no defaults of its own.
      const host = ownHost ?? defaults.host;
      // The path in the configuration is one of this computer.
      return multipassOf(own ?? (host ? undefined : multipassPath), serverAddress, host);
    },
  });
}

/** Connections to the engine of this process, by address. */
const engines = new Map<string, Engine>();

function connect(address: string | undefined): Engine | false {
  if (address === undefined) return false;
  const open = () => new enginerpc.EngineClient(address, credentials.createInsecure());
  const engine = engines.get(address) ?? { proto: engproto, client: open() };
  engines.set(address, engine);
  return engine;
}
