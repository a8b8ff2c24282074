import { findCli } from "../engine/index.ts";

/** Ends the title of a test that only the Pulumi CLI can run. `npm test` leaves such tests to `npm run test:long`. */
export const NEEDS_PULUMI = "[needs the Pulumi CLI]";

/** Skips such a test where there is no CLI. The reporter says at the end how many did not run. */
export function needsPulumi(context: Mocha.Context): void {
  if (findCli() === "") context.skip();
}
