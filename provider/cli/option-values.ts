import { InvalidArgumentError } from "commander";
import { parseDuration } from "../core/operation/clock.ts";
import { isDestination } from "../driver/transport/destination.ts";

/** Parses an option's duration into milliseconds. @throws InvalidArgumentError, which commander shows */
export function durationOption(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms <= 0) throw new InvalidArgumentError('Write it as "90s", "20m" or "1h30m".');
  return ms;
}

/** @throws InvalidArgumentError for a text that names no host */
export function hostOption(text: string): string {
  if (isDestination(text)) return text;
  throw new InvalidArgumentError("It is not a host for ssh.");
}
