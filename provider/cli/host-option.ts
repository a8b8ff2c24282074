import { InvalidArgumentError } from "commander";
import { isDestination } from "../driver/transport/destination.ts";

/** @throws InvalidArgumentError, which commander shows with the option */
export function hostOption(text: string): string {
  if (isDestination(text)) return text;
  throw new InvalidArgumentError("It is not a host for ssh.");
}
