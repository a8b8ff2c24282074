export { timeoutOf } from "../timing.ts";
