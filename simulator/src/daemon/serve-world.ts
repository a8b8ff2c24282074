import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { hasPerl, perlClient } from "../client/perl-client.ts";
import type { CheckedFaultPlan } from "../fault-plan.ts";
import { checkFaultPlan } from "../fault-plan.ts";
import { serveImages } from "../image-server.ts";
import { type WorldPaths, worldPaths } from "../paths.ts";
import type { SimulatorFile } from "../simulator-file.ts";
import { newWorld } from "../world.ts";
import { readWorld, replaceFile, WorldStore } from "../world-store.ts";
import { serveControl } from "./control.ts";
import { Host } from "./host.ts";

export interface ServedWorld {
  /** Ends the host at once. */
  leave(): void;
  /** Resolves when a request has ended the host. */
  left: Promise<void>;
}

/** `.ts` in a checkout, `.js` in the published package. */
const extension = import.meta.url.slice(import.meta.url.lastIndexOf("."));

/**
 * Copies the client into the world. A world that outlives this process must not depend on the package's
 * folder.
 */
function installClient(paths: WorldPaths, timeScale: number): void {
  copyFileSync(fileURLToPath(new URL("../client/main.js", import.meta.url)), paths.clientScript);
  const offline = new URL(`../client/offline${extension}`, import.meta.url).href;
  const { socket, rootCertificate, calls } = paths;
  replaceFile(paths.clientConfig, JSON.stringify({ socket, rootCertificate, calls, offline, timeScale }));
  mkdirSync(dirname(paths.bin), { recursive: true });
  const quote = (text: string) => `'${text.replace(/'/g, "'\\''")}'`;
  const launcher =
    process.platform === "win32"
      ? `@"${process.execPath}" "${paths.clientScript}" "${paths.root}" %*\r\n`
      : // When coverage is measured, each call would write some hundred kilobytes of the simulator's own.
        `#!/bin/sh\nunset NODE_V8_COVERAGE\nexec ${[process.execPath, paths.clientScript, paths.root].map(quote).join(" ")} "$@"\n`;
  // Writes to another name first: a client must never be started from a half-written file.
  replaceFile(paths.bin, hasPerl() ? perlClient(paths) : launcher);
  chmodSync(paths.bin, 0o755);
}

/**
 * Serves the world in a folder: the simulated host, and a control socket for the tests that own it.
 *
 * @returns a function that ends it all, and a promise that resolves when the control socket was told to
 */
export async function serveWorld(root: string): Promise<ServedWorld> {
  const paths = worldPaths(root);
  const file = JSON.parse(readFileSync(paths.options, "utf8")) as SimulatorFile;
  const faults: CheckedFaultPlan = checkFaultPlan(file.faults);
  installClient(paths, file.timeScale);
  // A new world begins only now, so that it does not count the start-up of this process.
  const { version = "1.17.0", seed, timeScale } = file;
  const world = readWorld(paths.world) ?? newWorld(version, seed, timeScale, Date.now());
  world.version = file.version ?? world.version;
  const store = new WorldStore(paths, world);
  store.save();
  const host = new Host(store, faults);
  // This host reads the image servers over the same network as its daemon.
  const images = await serveImages(
    {},
    {
      network() {
        const network = host.faults.network(host.clock.now(), "cloud-images.ubuntu.com");
        return network === "good" || network === "dropped" ? network : "bad";
      },
      port: Number(new URL(world.imageServer ?? "http://127.0.0.1:0").port),
    },
  );
  world.imageServer = images.url;

  function leave(): void {
    host.close();
    store.close();
    void images.close();
    control.close();
    if (process.platform !== "win32") rmSync(paths.control, { force: true });
    if (file.temporary) rmSync(root, { recursive: true, force: true });
  }

  const control = await serveControl(host, leave);
  await host.boot();
  store.save();
  return { leave, left: control.left };
}
