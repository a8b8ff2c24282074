import { readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import type { ControlRequest } from "../control-client.ts";
import { checkFaultPlan } from "../fault-plan.ts";
import { root } from "../guest/file-system.ts";
import type { SimulatorFile } from "../simulator-file.ts";
import { replaceFile } from "../world-store.ts";
import type { Host } from "./host.ts";

export interface Control {
  close(): void;
  /** Resolves when a request has ended the host, and has been answered. */
  left: Promise<void>;
}

/** Serves the socket through which tests inspect the world, and change it unnoticed. */
export function serveControl(host: Host, leave: () => void): Promise<Control> {
  const path = host.store.paths.control;
  if (process.platform !== "win32") rmSync(path, { force: true });
  const left = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    createInterface({ input: socket }).on("line", async (line) => {
      const request = JSON.parse(line) as ControlRequest;
      if (request.op === "close") leave();
      let answer: { value?: unknown; error?: string };
      try {
        answer = { value: (await handle(host, request)) ?? null };
      } catch (error) {
        answer = { error: (error as Error).message };
      }
      socket.end(`${JSON.stringify(answer)}\n`, () => {
        if (request.op === "close") left.resolve();
      });
    });
  });
  return new Promise((resolve, reject) => {
    server
      .once("error", reject)
      .listen(path, () => resolve({ close: () => void server.close(), left: left.promise }));
  });
}

async function handle(host: Host, request: ControlRequest): Promise<unknown> {
  const { store } = host;
  switch (request.op) {
    case "pid":
      return process.pid;
    case "faults": {
      const plan = checkFaultPlan(request.plan);
      const file = JSON.parse(readFileSync(store.paths.options, "utf8")) as SimulatorFile;
      replaceFile(store.paths.options, JSON.stringify({ ...file, faults: request.plan }));
      host.faults.replace(plan);
      host.daemon?.planEnds();
      return undefined;
    }
    case "stop":
      return host.stopDaemon();
    case "start":
      return host.startDaemon();
    case "endDnsmasq":
      return host.endOrphanedDnsmasq();
    case "close":
      return undefined;
    case "poke":
      return poke(host, request);
    case "readFile": {
      return host.disks.files(request.name).read(request.path, root).toString("base64");
    }
  }
}

function poke(host: Host, { name, changes }: Extract<ControlRequest, { op: "poke" }>): void {
  const { world } = host.store;
  const instance = world.instances[name];
  if (!instance) throw new Error(`No instance "${name}" in the simulated world`);
  const { remove, files, cloudInitDoneIn, sshIn, ...properties } = changes;
  if (remove) {
    host.daemon?.machines.powerOff(instance);
    host.instances.forget(instance);
    return;
  }
  Object.assign(instance, properties);
  if (cloudInitDoneIn !== undefined) instance.cloudInitAt = host.clock.now() + cloudInitDoneIn * 1000;
  if (sshIn !== undefined) instance.sshAt = host.clock.now() + sshIn * 1000;
  const guestFiles = host.disks.files(name);
  for (const [path, content] of Object.entries(files ?? {})) {
    if (content === null) guestFiles.remove(path, root);
    else {
      guestFiles.makeDirectory(path.replace(/\/[^/]*$/, "") || "/", root, true);
      guestFiles.write(path, Buffer.from(content), root);
    }
  }
  host.disks.save(name);
  host.store.save();
}
