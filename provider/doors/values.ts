/**
 * Property values as Pulumi carries them, in states and on the wire. What JSON lacks is an object with a
 * signature. The core takes plain values.
 */
import { Archive, Asset, type Contents } from "../core/asset.ts";
import type { Properties } from "../core/description.ts";
import { UNKNOWN } from "../core/unknown.ts";

/** Source: pulumi/pulumi `sdk/go/common/resource/sig/sig.go`. */
export const SIGNATURE = "4dabf18193072939515e22adb298388d";
export const SECRET = "1b47061264138c4ac30d75fd1eb44270";
export const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e";
const ASSET = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";
const NOT_KNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** An asset that returns to Pulumi unchanged, with the hash that only Pulumi computes. */
class TravellingAsset extends Asset {
  readonly #wrapped: Properties;

  constructor(wrapped: Properties) {
    super(wrapped);
    this.#wrapped = wrapped;
  }

  wrapped(): Properties {
    return this.#wrapped;
  }
}

class TravellingArchive extends Archive {
  readonly #wrapped: Properties;

  constructor(wrapped: Properties) {
    const { assets } = wrapped;
    super({ ...wrapped, ...(isObject(assets) && { assets: plainProperties(assets) as Contents }) });
    this.#wrapped = wrapped;
  }

  wrapped(): Properties {
    return this.#wrapped;
  }
}

/** Properties in Pulumi's form, without any that is undefined: its wire format has no such value. */
export function travellingProperties(properties: Properties): Properties {
  return JSON.parse(JSON.stringify(travelling(properties)));
}

function travelling(value: unknown): unknown {
  if (value === UNKNOWN) return NOT_KNOWN;
  if (value instanceof TravellingAsset || value instanceof TravellingArchive) return value.wrapped();
  if (value instanceof Asset || value instanceof Archive) {
    return {
      [SIGNATURE]: value instanceof Asset ? ASSET : ARCHIVE,
      ...(travelling({ ...value }) as Properties),
    };
  }
  if (Array.isArray(value)) return value.map(travelling);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, travelling(part)]));
}

export const isObject = (value: unknown): value is Properties =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The plain value: secrets unwrapped, and a resource as its id, which is the name of an instance. */
function plain(value: unknown): unknown {
  if (value === NOT_KNOWN) return UNKNOWN;
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  switch (value[SIGNATURE]) {
    case ASSET:
      return new TravellingAsset(value);
    case ARCHIVE:
      return new TravellingArchive(value);
    case SECRET:
      return plain(value["value"]);
    case OUTPUT:
      return "value" in value ? plain(value["value"]) : UNKNOWN;
    case RESOURCE:
      // In a preview, the id is empty.
      return plain(value["id"]) || UNKNOWN;
    default:
      return plainProperties(value);
  }
}

export function plainProperties(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, plain(value)]));
}
