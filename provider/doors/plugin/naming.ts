import provproto from "@pulumi/pulumi/proto/provider_pb.js";
import { isUnknown } from "../../core/unknown.ts";

/** How the stack wants automatic names generated (`pulumi:autonaming`). */
export type Autonaming = Pick<provproto.CheckRequest.AutonamingOptions.AsObject, "proposedName" | "mode">;

const { DISABLE, ENFORCE } = provproto.CheckRequest.AutonamingOptions.Mode;

/** The name that the stack's configuration gives an unnamed resource, adapted to what Multipass allows. */
export function configuredName({ proposedName, mode }: Autonaming): string | undefined {
  if (mode === DISABLE) return undefined;
  if (mode === ENFORCE || isUnknown(proposedName)) return proposedName;
  const fitted = proposedName
    .replace(/[^a-zA-Z0-9-]+/g, "-")
    .replace(/^[^a-zA-Z]+/, "")
    .slice(0, 63)
    .replace(/-+$/, "");
  return fitted || undefined;
}

/** The failure for a resource without a name. */
export const NAME_REQUIRED = "name is required: `pulumi:autonaming` switches automatic names off";
