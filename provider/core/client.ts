import { isDeepStrictEqual } from "node:util";
import { isMultipassError } from "../driver/errors.ts";
import type { CommonProperties } from "./common.ts";
import type { CheckFailure } from "./description.ts";
import type { Run } from "./run.ts";
import { hasUnknown } from "./unknown.ts";
import { INTERNAL } from "./unknown-arguments.ts";

/** Every operation needs a client, so a preview says if there is none, unless nothing may change. */
export function missingClient(run: Run, olds: object, inputs: CommonProperties): CheckFailure[] {
  const { multipassPath, host } = inputs;
  const isNew = Object.keys(olds).length === 0;
  const isLeftAlone =
    !isNew && (hasUnknown(inputs) || isDeepStrictEqual(argumentsOf(olds), argumentsOf(inputs)));
  if (isLeftAlone || hasUnknown([multipassPath, host])) return [];
  try {
    run.multipass(inputs);
    return [];
  } catch (error) {
    // An invalid host has already been reported by the schema.
    if (isMultipassError(error, "invalid-argument")) return [];
    if (!isMultipassError(error, "client-missing")) throw error;
    // Whoever shows a reason ends its sentence.
    const reason = `${error.summary}: ${error.details}. ${error.remedy}`.replace(/\.$/, "");
    if (typeof multipassPath !== "string") return [{ property: "", reason, isMissing: true, error }];
    const property = "multipassPath";
    const ifSecret = { property, reason: "does not name a program that can be run" };
    return [{ property, reason: `${ifSecret.reason}: ${multipassPath}`, ifSecret, isMissing: true }];
  }
}

/** Refuses a path that would be looked for on the wrong computer. */
export function pathOfOtherComputer({ multipassPath, host }: CommonProperties): CheckFailure[] {
  if (multipassPath === undefined || host === undefined) return [];
  const reason =
    "is a path on this computer, which `host` does not use: name the client on the host with `host.multipassPath`";
  return [{ property: "multipassPath", reason }];
}

const argumentsOf = (properties: object) =>
  Object.fromEntries(Object.entries(properties).filter(([name]) => !INTERNAL.includes(name)));
