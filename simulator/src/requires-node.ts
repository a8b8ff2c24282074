/** Refuses a Node.js that is too old, before a dependency fails on it for a reason that says nothing of the cause. */
import { nodeTooOld } from "./node-version.ts";

const problem = nodeTooOld();
// Node.js prints the stack of an error that nobody catches.
if (problem !== undefined) throw Object.assign(new Error(problem), { stack: problem });
