#!/usr/bin/env node
import { nodeTooOld } from "../node-version.ts";

const problem = nodeTooOld();
if (problem === undefined) {
  // Imported only now, because its dependencies fail to load on an old Node.js.
  await import("./run.ts");
} else {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}
