import { connect } from "node:net";
import { RpcError, unreachable } from "../cli/errors.ts";
import type { ClientIo } from "../cli/io.ts";
import { runClient } from "../cli/run.ts";
import { worldPaths } from "../paths.ts";
import { readWorld } from "../world-store.ts";

/** Runs a command without a daemon. Resolves to its exit code, or reports that a daemon runs by now. */
export async function runOffline(
  io: ClientIo,
  root: string,
  failure: "unreachable" | "access denied",
  waited: number | undefined,
): Promise<{ exitCode: number } | { waited: number }> {
  const paths = worldPaths(root);
  const world = readWorld(paths.world);
  const scale = world?.timeScale ?? 1;
  const started = Date.now();
  const now = () => (Date.now() - started) * scale;
  const sleep = (milliseconds: number) =>
    new Promise<void>((resolve) => setTimeout(resolve, milliseconds / scale));
  let found = false;
  const exitCode = await runClient(io, {
    version: world?.version ?? "1.17.0",
    paths,
    now,
    sleep,
    waited,
    connect: async () => {
      if (failure === "access denied") throw new RpcError("multipass socket access denied");
      throw unreachable();
    },
    // `wait-ready` is a loop in the client. It continues in the daemon's process as soon as a daemon runs.
    handOver: async () => {
      found = await canConnect(paths.socket);
      return found;
    },
  });
  return found ? { waited: (waited ?? 0) + now() } : { exitCode };
}

function canConnect(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
