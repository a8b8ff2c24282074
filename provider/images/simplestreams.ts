import * as v from "valibot";
import { MultipassError } from "../driver/errors.ts";
import { getJson, shownUrl } from "./http.ts";
import type { ResolvedImage } from "./image.ts";

/**
 * Servers that list the images of Multipass's remotes. Source: canonical/multipass
 * `src/daemon/daemon_config.cpp`. Includes only the remotes published as simplestreams. Only Multipass can
 * look up the others (`core`, the Debian and Fedora aliases).
 */
export const IMAGE_SERVERS: Readonly<Record<string, string>> = {
  release: "https://cloud-images.ubuntu.com/releases/",
  daily: "https://cloud-images.ubuntu.com/daily/",
  snapcraft: "https://cloud-images.ubuntu.com/buildd/daily/",
};

const indexSchema = v.looseObject({
  index: v.record(v.string(), v.looseObject({ datatype: v.optional(v.string()), path: v.string() })),
});

const productsSchema = v.looseObject({
  products: v.record(
    v.string(),
    v.looseObject({
      arch: v.optional(v.string(), ""),
      aliases: v.optional(v.string(), ""),
      release: v.optional(v.string(), ""),
      release_title: v.optional(v.string(), ""),
      version: v.optional(v.string(), ""),
      supported: v.optional(v.boolean(), true),
      versions: v.record(
        v.string(),
        v.looseObject({
          items: v.record(
            v.string(),
            v.looseObject({
              path: v.optional(v.string()),
              sha256: v.optional(v.string()),
              size: v.optional(v.number()),
            }),
          ),
        }),
      ),
    }),
  ),
});

type Products = v.InferOutput<typeof productsSchema>["products"];

/** Ubuntu's names for processors, where Node.js uses others. */
const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = {
  x64: "amd64",
  arm64: "arm64",
  arm: "armhf",
  ppc64: "ppc64el",
  s390x: "s390x",
  riscv64: "riscv64",
};

/**
 * Finds an image as Multipass would: by alias, release, codename or the beginning of its hash. Picks the
 * newest build for this host's processor.
 *
 * @param server base URL of the remote, ending in a slash
 * @returns undefined if the server has no such image
 */
export function findImage(
  products: Products,
  server: string,
  name: string,
  architecture: NodeJS.Architecture = process.arch as NodeJS.Architecture,
): ResolvedImage | undefined {
  const arch = ARCHITECTURES[architecture];
  const wanted = name.toLowerCase();
  const byHash = /^[0-9a-f]{6,64}$/.test(wanted);
  for (const product of Object.values(products)) {
    if (product.arch !== arch || !product.supported) continue;
    const names = [...product.aliases.split(","), product.release, product.version].map((one) =>
      one.trim().toLowerCase(),
    );
    // Serials are dates with an optional count, so they sort as text.
    for (const version of Object.keys(product.versions).sort().reverse()) {
      const item = product.versions[version]?.items["disk1.img"];
      if (!item?.path || !item.sha256) continue;
      const named = names.includes(wanted);
      if (!named && !(byHash && item.sha256.toLowerCase().startsWith(wanted))) continue;
      const url = new URL(item.path, server);
      // Only on the same server: the daemon does not check the hash of an image by URL.
      if (url.origin !== new URL(server).origin) continue;
      return {
        url: url.href,
        sha256: item.sha256.toLowerCase(),
        size: item.size ?? 0,
        version,
        release: product.release_title,
      };
    }
  }
  return undefined;
}

/** URL of a server's index, which lists its other documents. */
export function indexOf(server: string): string {
  return new URL("streams/v1/index.json", server).href;
}

/** Reads the images that a server publishes: its index, then the document that the index names. */
export async function readProducts(server: string, signal?: AbortSignal): Promise<Products> {
  const index = parse(indexSchema, await getJson(indexOf(server), signal), server);
  const entry = Object.values(index.index).find(({ datatype }) => datatype === "image-downloads");
  if (!entry) throw malformed(server, "its index names no images");
  const url = new URL(entry.path, server);
  // A hostile index could point us elsewhere, with the user's proxies and network position.
  if (url.origin !== new URL(server).origin) throw malformed(server, "its index points to another server");
  return parse(productsSchema, await getJson(url.href, signal), server).products;
}

function parse<const S extends v.GenericSchema>(schema: S, value: unknown, server: string): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw malformed(server, `${v.getDotPath(issue) ?? "the document"}: ${issue.message}`);
}

function malformed(server: string, reason: string): MultipassError {
  return new MultipassError(`Unable to read the image list of ${shownUrl(server)}`, {
    kind: "bad-output",
    details: reason,
  });
}
