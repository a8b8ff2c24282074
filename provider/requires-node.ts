/** Refuses an old Node.js. Entry points import this first, since dependencies fail to load on one. */
import { nodeTooOld } from "./node-version.ts";

const problem = nodeTooOld();
// Pulumi prints the stack, so it holds only the message.
if (problem !== undefined) throw Object.assign(new Error(problem), { stack: problem });
