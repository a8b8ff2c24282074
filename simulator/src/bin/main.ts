#!/usr/bin/env node
import { nodeTooOld } from "../node-version.ts";

const problem = nodeTooOld();
// Imports the rest only on a supported Node.js: on an older one, dependencies already fail while they load.
if (problem === undefined) await import("./command-line.ts");
else {
  console.error(problem);
  process.exitCode = 125;
}
