import * as v from "valibot";
import { validate } from "../../core/check.ts";
import { COMMON, text } from "../../core/common.ts";
import type { Properties } from "../../core/description.ts";
import { type HostInput, host } from "../../core/host.ts";
import { INSTANCE } from "../../core/instance/model.ts";
import { sayable, sentence } from "../../core/redact.ts";

const CONFIGURATION = {
  multipassPath: COMMON.multipassPath,
  serverAddress: { schema: v.optional(text) },
  host: COMMON.host,
  retry: INSTANCE.retry,
  remedies: INSTANCE.remedies,
  readiness: INSTANCE.readiness,
  timeouts: COMMON.timeouts,
};

/** The engine's own keys, which appear in every provider's configuration. */
const ENGINES = ["version", "pluginDownloadURL", "pluginChecksums", "__internal"];

export interface Configuration {
  multipassPath?: string;
  /** Address of the daemon; default: this computer's. */
  serverAddress?: string;
  /** Defaults for arguments that a resource itself may give, by argument. */
  defaults: Defaults;
}

export interface Defaults extends Record<string, unknown> {
  /** The host that runs Multipass; default: this computer. */
  host?: HostInput;
}

/** Arguments whose parts are defaults one by one. */
const OBJECTS = ["retry", "remedies", "readiness", "timeouts"];
const DEFAULTS = [...OBJECTS, "host"];

/** Pulumi passes every configuration value as a string, and anything else as JSON. */
function parsed(given: Properties): Properties {
  const own = Object.entries(given).filter(([key]) => !ENGINES.includes(key));
  return Object.fromEntries(
    own.map(([key, value]) => [
      key,
      DEFAULTS.includes(key) && typeof value === "string" ? json(value) : value,
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

/** The mistakes in a configuration, in words that show no secret. */
export function checkConfiguration(given: Properties, secrets: readonly string[]): string[] {
  const named = parsed(given);
  const { failures } = validate(CONFIGURATION, named);
  return failures.map((failure) => sentence(sayable(failure, {}, { ...named, secrets })));
}

export function configurationOf(given: Properties): Configuration {
  const { multipassPath, serverAddress, host: named, ...rest } = parsed(given);
  const location = v.safeParse(v.optional(host), named);
  return {
    ...(typeof multipassPath === "string" && { multipassPath }),
    ...(typeof serverAddress === "string" && { serverAddress }),
    defaults: {
      ...Object.fromEntries(Object.entries(rest).filter(([, value]) => typeof value === "object")),
      ...(location.success && location.output !== undefined && { host: location.output }),
    },
  };
}

/**
 * Adds the provider's defaults to a resource's properties. They never enter the state, so changing a default
 * changes no resource.
 *
 * @param takes whether the resource has an argument of that name
 */
export function withDefaults(
  defaults: Defaults,
  takes: (argument: string) => boolean,
  properties: Properties,
): Properties {
  const result = { ...properties };
  for (const argument of DEFAULTS.filter(takes)) {
    const [own, ofProvider] = [properties[argument], defaults[argument]];
    if (ofProvider === undefined) continue;
    if (own === undefined) result[argument] = ofProvider;
    else if (OBJECTS.includes(argument) && typeof own === "object")
      result[argument] = { ...(ofProvider as object), ...own };
  }
  return result;
}

/** Removes the defaults from an operation's result, given the properties without them. */
export function withoutDefaults(own: Properties, result: Properties): Properties {
  const stripped = { ...result };
  for (const argument of DEFAULTS) {
    if (own[argument] === undefined) delete stripped[argument];
    else if (argument in stripped) stripped[argument] = own[argument];
  }
  return stripped;
}
