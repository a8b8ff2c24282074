import { findCli } from "../engine/index.ts";

/**
 * Ends the title of a test that needs the Pulumi CLI. `npm test` leaves such tests to `npm run test:long`.
 */
export const NEEDS_PULUMI = "[needs the Pulumi CLI]";

/** Skips the test if there is no CLI. The reporter prints the number of skipped tests at the end. */
export function needsPulumi(context: Mocha.Context): void {
  if (findCli() === "") context.skip();
}
