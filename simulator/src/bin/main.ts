#!/usr/bin/env node
import { nodeTooOld } from "../node-version.ts";

const problem = nodeTooOld();
// The rest is imported on a Node.js that it runs on only: dependencies fail on others while they load.
if (problem === undefined) await import("./command-line.ts");
else {
  console.error(problem);
  process.exitCode = 125;
}
