import * as v from "valibot";
import { validate } from "../../core/check.ts";
import { text, timeouts } from "../../core/common.ts";
import { readiness, remedies, retry } from "../../core/instance/waiting.ts";
import { sayable, sentence } from "../../core/sayable.ts";
import type { Properties } from "./values.ts";

const schema = v.strictObject({
  multipassPath: v.optional(text),
  serverAddress: v.optional(text),
  retry: v.optional(retry),
  remedies: v.optional(remedies),
  readiness: v.optional(readiness),
  timeouts: v.optional(timeouts),
});

/** Keys of the engine's own, which stand among the configuration of every provider. */
const ENGINES = ["version", "pluginDownloadURL", "pluginChecksums", "__internal"];

/** What a resource of this provider is like unless it says otherwise. */
export interface Configuration {
  multipassPath?: string;
  /** Which daemon; that of this computer where it is left out. */
  serverAddress?: string;
  /** Defaults of arguments that are objects, by the argument. */
  objects: Record<string, Properties>;
}

const OBJECTS = ["retry", "remedies", "readiness", "timeouts"];

/** Pulumi passes every configuration value as a string, of anything else its JSON. */
function parsed(given: Properties): Properties {
  const own = Object.entries(given).filter(([key]) => !ENGINES.includes(key));
  return Object.fromEntries(
    own.map(([key, value]) => [
      key,
      OBJECTS.includes(key) && typeof value === "string" ? json(value) : value,
    ]),
  );
}

function json(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** What is wrong with it, in words that show no secret. */
export function checkConfiguration(given: Properties, secrets: readonly string[]): string[] {
  const named = parsed(given);
  const { failures } = validate(schema, named);
  return failures.map((failure) => sentence(sayable(failure, {}, { ...named, secrets })));
}

export function configurationOf(given: Properties): Configuration {
  const { multipassPath, serverAddress, ...rest } = parsed(given);
  return {
    ...(typeof multipassPath === "string" && { multipassPath }),
    ...(typeof serverAddress === "string" && { serverAddress }),
    objects: Object.fromEntries(
      Object.entries(rest).filter((entry): entry is [string, Properties] => typeof entry[1] === "object"),
    ),
  };
}

/**
 * Completes properties of a resource by the defaults of its provider. They never get into the state, so that a change of a default is no change of
 * any resource.
 *
 * @param takes whether the resource has an argument
 */
export function withDefaults(
  defaults: Configuration["objects"],
  takes: (argument: string) => boolean,
  properties: Properties,
): Properties {
  const result = { ...properties };
  for (const argument of OBJECTS.filter(takes)) {
    const [own, ofProvider] = [properties[argument], defaults[argument]];
    if (ofProvider && own === undefined) result[argument] = ofProvider;
    else if (ofProvider && typeof own === "object") result[argument] = { ...ofProvider, ...own };
  }
  return result;
}

/** Takes the defaults out of what an operation returns, given the properties as they were without them. */
export function withoutDefaults(own: Properties, result: Properties): Properties {
  const stripped = { ...result };
  for (const argument of OBJECTS) {
    if (own[argument] === undefined) delete stripped[argument];
    else if (argument in stripped) stripped[argument] = own[argument];
  }
  return stripped;
}
