import { isMultipassError, type MultipassError } from "../driver/errors.ts";
import type { Examination } from "./check.ts";

const KINDS = [
  "host-unreachable",
  "host-unknown",
  "host-access-denied",
  "host-key-refused",
  "client-missing",
] as const;

/** Why the other host, or the client on it, cannot be used. Undefined if it can, or for this computer. */
export async function reachFailure({ computer, version }: Examination): Promise<MultipassError | undefined> {
  if (computer.daemonHost === undefined) return undefined;
  return version().then(
    () => undefined,
    (error: unknown) => (isMultipassError(error, ...KINDS) ? error : undefined),
  );
}
