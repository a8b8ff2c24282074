/**
 * Refuses a Node.js that is too old. Entries import this first: dependencies fail on such a Node.js while they load, in words that say
 * nothing of the cause.
 */
import { nodeTooOld } from "../node-version.ts";

const problem = nodeTooOld();
// Pulumi prints the stack.
if (problem !== undefined) throw Object.assign(new Error(problem), { stack: problem });
