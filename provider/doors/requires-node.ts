/**
 * Refuses a Node.js that is too old. Entry points import this first, since dependencies would fail to load
 * with unhelpful errors.
 */
import { nodeTooOld } from "../node-version.ts";

const problem = nodeTooOld();
// Pulumi prints the stack, so it holds only the message.
if (problem !== undefined) throw Object.assign(new Error(problem), { stack: problem });
