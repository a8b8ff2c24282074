/**
 * The simulator's daemon process. Given a folder, it serves that world until it is closed. Otherwise it reads
 * folders from stdin, a line each, and serves one world after another; so the tests of a file start one process,
 * which takes three tenths of a second, and then worlds, which take a hundredth.
 */
import { createInterface } from "node:readline";
import { DaemonGone } from "../cli/errors.ts";
import { type ServedWorld, serveWorld } from "./serve-world.ts";

let served: ServedWorld | undefined;

async function serve(root: string): Promise<void> {
  served = await serveWorld(root);
  process.stdout.write("ready\n");
  await served.left;
  served = undefined;
}

function end(): void {
  served?.leave();
  process.exit(0);
}

// Work in progress ends silently with the life of its daemon.
process.on("unhandledRejection", (reason) => {
  if (!(reason instanceof DaemonGone)) throw reason;
});
process.on("SIGTERM", end);
process.on("SIGINT", end);

const given = process.argv[2];
if (given !== undefined) {
  await serve(given);
  end();
} else {
  // The owner holds the other end of this pipe, which closes however the owner ends.
  process.stdin.on("error", end);
  createInterface({ input: process.stdin }).on("line", serve).on("close", end);
}
