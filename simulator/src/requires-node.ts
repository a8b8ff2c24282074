/** Rejects a Node.js that is too old, before a dependency fails on it with an unrelated error. */
import { nodeTooOld } from "./node-version.ts";

const problem = nodeTooOld();
// Node.js prints the stack of an uncaught error.
if (problem !== undefined) throw Object.assign(new Error(problem), { stack: problem });
