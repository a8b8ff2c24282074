import { Archive, Asset, type Contents } from "../../core/asset.ts";
import type { Properties } from "../../core/resource.ts";
import { UNKNOWN } from "../../core/unknown.ts";
import { INTERNAL } from "../../core/unknown-arguments.ts";

/** How Pulumi marks special values. Source: pulumi/pulumi `sdk/nodejs/runtime/rpc.ts`. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const ASSET = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";
const PULUMI_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

interface SerialisedAsset {
  path?: string;
  text?: string;
}

/** An asset that returns to Pulumi unchanged, including what only Pulumi knows about it. */
class PulumiAsset extends Asset {
  readonly #serialised: SerialisedAsset;

  constructor(serialised: SerialisedAsset) {
    super(serialised);
    this.#serialised = serialised;
  }

  serialised(): SerialisedAsset {
    return this.#serialised;
  }
}

/** An archive that returns to Pulumi unchanged. */
class PulumiArchive extends Archive {
  readonly #serialised: Properties;

  constructor(serialised: Properties) {
    const { assets } = serialised;
    super({
      ...serialised,
      ...(isObject(assets) && { assets: mapValues(assets, valueFromPulumi) as Contents }),
    });
    this.#serialised = serialised;
  }

  serialised(): Properties {
    return this.#serialised;
  }
}

/** Properties in the core's form. In states of 0.1.0, internal ones have no underscores. */
export function fromPulumi({ __provider, ...properties }: Properties): Properties {
  const plain = mapValues(properties, valueFromPulumi);
  for (const name of INTERNAL) {
    if (plain[`__${name}`] === undefined) continue;
    plain[name] = plain[`__${name}`];
    delete plain[`__${name}`];
  }
  return plain;
}

/** Pulumi hides properties that begin with two underscores. Its wire format has no `undefined`. */
export function toPulumi(properties: object): Properties {
  const named = Object.entries(properties).map(([name, value]) => [
    INTERNAL.includes(name) ? `__${name}` : name,
    valueToPulumi(value),
  ]);
  return withoutUndefined(Object.fromEntries(named));
}

function valueFromPulumi(value: unknown): unknown {
  if (value === PULUMI_UNKNOWN) return UNKNOWN;
  if (isObject(value) && value[SIGNATURE] === ASSET) return new PulumiAsset(value);
  if (isObject(value) && value[SIGNATURE] === ARCHIVE) return new PulumiArchive(value);
  return within(value, valueFromPulumi);
}

function valueToPulumi(value: unknown): unknown {
  if (value === UNKNOWN) return PULUMI_UNKNOWN;
  if (value instanceof PulumiAsset || value instanceof PulumiArchive) return value.serialised();
  if (value instanceof Asset || value instanceof Archive) {
    return {
      [SIGNATURE]: value instanceof Asset ? ASSET : ARCHIVE,
      ...mapValues({ ...value }, valueToPulumi),
    };
  }
  return within(value, valueToPulumi);
}

function within(value: unknown, map: (value: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(map);
  return isObject(value) ? mapValues(value, map) : value;
}

function mapValues(properties: Properties, map: (value: unknown) => unknown): Properties {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, map(value)]));
}

const isObject = (value: unknown): value is Properties => typeof value === "object" && value !== null;

function withoutUndefined<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}
