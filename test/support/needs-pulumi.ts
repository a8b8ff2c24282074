import { findCli } from "../engine/index.ts";

/**
 * Skips a test that only the Pulumi CLI can run where there is none; CI machines may lack it. The reporter knows by the title to say at the end how many
 * those were.
 */
export function needsPulumi(context: Mocha.Context): void {
  if (findCli() !== "") return;
  if (context.test) context.test.title += " [needs the Pulumi CLI]";
  context.skip();
}
