#!/usr/bin/env node
/** The plugin `pulumi-resource-multipass-lab`. Pulumi's engine starts it with its own address as the only argument. */
import "../requires-node.ts";

// Bundled, this is the only file there is: each launch runs in a process that is started with this argument.
if (process.argv[2] === "launch-runner") {
  await import("../../driver/launch-runner.ts");
} else {
  const { serve } = await import("./server.ts");
  // The engine takes the first line for the port, so nothing may be printed before it.
  process.stdout.write(`${await serve(process.argv[2])}\n`);
  // Loading the core takes longer than everything before. By the first question it is there, and from then on the engine is watched.
  await Promise.all([import("./resource.ts"), import("./run.ts")]);
}
