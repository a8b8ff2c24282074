import { InvalidArgumentError } from "commander";
import { parseDuration } from "../core/operation/clock.ts";

/** Parses an option's duration into milliseconds. */
export function durationOption(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms <= 0) throw new InvalidArgumentError('Write it as "90s", "20m" or "1h30m".');
  return ms;
}
