import provproto from "@pulumi/pulumi/proto/provider_pb.js";
import { isUnknown } from "../../core/unknown.ts";

/** How the stack wants automatic names made (`pulumi:autonaming`). */
export type Autonaming = Pick<provproto.CheckRequest.AutonamingOptions.AsObject, "proposedName" | "mode">;

const { DISABLE, ENFORCE } = provproto.CheckRequest.AutonamingOptions.Mode;

/** The name that the stack's configuration gives a resource without one. A proposal is fitted to what Multipass takes. */
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

/** Why a resource without a name is refused. */
export const NAME_REQUIRED = "name is required: `pulumi:autonaming` switches automatic names off";
