import * as v from "valibot";
import { isDestination } from "../driver/transport/destination.ts";
import { hasUnknown } from "./unknown.ts";

const destination = v.pipe(
  v.string("must be a string"),
  v.check(
    isDestination,
    'is not a host for ssh: write it as "lab2", "user@lab2" or "ssh://user@lab2:2222"; give it other options in ~/.ssh/config',
  ),
);

/** The host that runs Multipass, reached over ssh. */
export const host = v.union(
  [
    destination,
    v.strictObject({
      ssh: destination,
      multipassPath: v.optional(v.pipe(v.string(), v.minLength(1, "is empty"))),
      sameAs: v.optional(destination),
    }),
  ],
  'must be a host for ssh, such as "user@lab2", or an object with it as `ssh`',
);
export type HostInput = v.InferOutput<typeof host>;

/** The host's name for ssh. */
export const nameOf = (given: HostInput): string => (typeof given === "string" ? given : given.ssh);

/** Path of the client on the host, if one was given. */
export const clientOn = (given: HostInput): string | undefined =>
  typeof given === "string" ? undefined : given.multipassPath;

/** The host's identity: its first name, even if it has another name by now. */
export const identityOf = (given: HostInput): string =>
  (typeof given === "string" ? given : given.sameAs) ?? nameOf(given);

/** Another host has other instances, so it replaces the resource. Another way to the same one does not. */
export function hostChange(asked?: HostInput, was?: HostInput): "replace" | "record" | undefined {
  if (hasUnknown(asked)) return "replace";
  if ((asked && identityOf(asked)) !== (was && identityOf(was))) return "replace";
  const isSame = [nameOf, clientOn].every((of) => (asked && of(asked)) === (was && of(was)));
  return isSame ? undefined : "record";
}
