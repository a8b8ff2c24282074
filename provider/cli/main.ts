#!/usr/bin/env node
import { nodeTooOld } from "../node-version.ts";

const problem = nodeTooOld();
if (problem === undefined) {
  // Not before: what it needs fails on an old Node.js while it loads.
  await import("./run.ts");
} else {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}
