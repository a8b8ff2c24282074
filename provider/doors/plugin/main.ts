#!/usr/bin/env node
/** The plugin `pulumi-resource-multipass-lab`. Its only argument is the address of Pulumi's engine. */
import "../../requires-node.ts";

// In the bundle, this is the only file. Each launch runs in a process started with this argument.
if (process.argv[2] === "launch-runner") {
  await import("../../driver/launch-runner.ts");
} else {
  const { serve } = await import("./server.ts");
  // The engine reads the port from the first line, so nothing may be printed before it.
  process.stdout.write(`${await serve(process.argv[2])}\n`);
  // Loads the slow part, the core, before the first request. Loading it also starts watching the engine.
  await Promise.all([import("./resource.ts"), import("./run.ts")]);
}
