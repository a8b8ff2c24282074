import { createHash } from "node:crypto";
import type { RequestListener, Server } from "node:http";
import type { AddressInfo } from "node:net";

/** One image that the server offers. */
export interface ServedImage {
  /** For example `24.04`. */
  release: string;
  /** For example `noble`. */
  codename: string;
  /** Additional names, for example `lts`. */
  aliases?: string[];
  /** Default `20260815`. */
  version?: string;
  /** Content of the image for an architecture. Default: a few bytes that name the image. */
  content?: string;
  /** Default true. */
  supported?: boolean;
}

/** Options of {@link startImageServer}. */
export interface ImageServerOptions {
  /** Default: 22.04, 24.04 (`lts`, `default`) and 25.10. */
  releases?: ServedImage[];
  /** Default: 26.04 (`devel`). */
  daily?: ServedImage[];
  /** Serve over TLS with this key and certificate (PEM). Default: plain HTTP. */
  tls?: {
    /** Private key, as PEM. */
    key: string;
    /** Certificate, as PEM. */
    cert: string;
  };
}

/** An image server, with the documents that Multipass uses to find images. */
export interface ImageServer {
  /** URL without a trailing slash; images are below `/releases` and `/daily`. */
  readonly url: string;
  /** Requested paths so far, in order. */
  requests(): string[];
  /** While unavailable, the server cuts off connections, like a broken network. */
  setAvailable(available: boolean): void;
  /** Stops the server and closes every connection. */
  close(): Promise<void>;
  /** {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

const ARCHITECTURES = ["amd64", "arm64"];
const USUAL_RELEASES: ServedImage[] = [
  { release: "22.04", codename: "jammy" },
  { release: "24.04", codename: "noble", aliases: ["lts", "default"] },
  { release: "25.10", codename: "questing" },
];
const USUAL_DAILY: ServedImage[] = [{ release: "26.04", codename: "resolute", aliases: ["devel"] }];

/** The documents and images in one folder of the server, by path, in the simplestreams format. */
function stream(folder: "releases" | "daily", images: ServedImage[]): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  const products: Record<string, unknown> = {};
  const productId = folder === "releases" ? "com.ubuntu.cloud" : "com.ubuntu.cloud.daily";
  for (const image of images) {
    const { release, codename, aliases = [], version = "20260815", supported = true } = image;
    for (const arch of ARCHITECTURES) {
      const content = Buffer.from(image.content ?? `image ${folder} ${release} ${version} ${arch}\n`);
      const name = `ubuntu-${release}-server-cloudimg-${arch}.img`;
      const place = folder === "releases" ? `${codename}/release-${version}` : `${codename}/${version}`;
      const path = `server/${folder}/${place}/${name}`;
      files.set(`/${folder}/${path}`, content);
      products[`${productId}:server:${release}:${arch}`] = {
        aliases: [release, codename.slice(0, 1), codename, ...aliases].join(","),
        arch,
        os: "ubuntu",
        release: codename,
        release_codename: codename,
        release_title: release,
        version: release,
        supported,
        versions: {
          [version]: {
            label: folder === "releases" ? "release" : "daily",
            pubname: `ubuntu-${codename}-${release}-${arch}-server-${version}`,
            items: {
              "disk1.img": {
                ftype: "disk1.img",
                path,
                size: content.length,
                sha256: createHash("sha256").update(content).digest("hex"),
              },
            },
          },
        },
      };
    }
  }
  const contentId = `com.ubuntu.cloud:${folder === "releases" ? "released" : "daily"}:download`;
  const productsPath = `streams/v1/${contentId}.json`;
  const json = (value: unknown) => Buffer.from(JSON.stringify(value, null, 1));
  files.set(
    `/${folder}/${productsPath}`,
    json({ content_id: contentId, datatype: "image-downloads", format: "products:1.0", products }),
  );
  files.set(
    `/${folder}/streams/v1/index.json`,
    json({
      format: "index:1.0",
      index: {
        [contentId]: {
          datatype: "image-downloads",
          format: "products:1.0",
          path: productsPath,
          products: Object.keys(products),
        },
      },
    }),
  );
  return files;
}

/**
 * Starts an image server on 127.0.0.1.
 *
 * @example
 * ```ts
 * const images = await startImageServer();
 * images.setAvailable(false);
 * const index = `${images.url}/releases/streams/v1/index.json`;
 * ```
 */
export async function startImageServer(options: ImageServerOptions = {}): Promise<ImageServer> {
  return serveImages(options);
}

/** Settings that the simulated host has for its own image server. */
interface Surroundings {
  /** How the network treats requests now: answers them, cuts them off, or never answers. */
  network?: () => "good" | "bad" | "dropped";
  /** The preferred port, used if it is free. */
  port?: number;
}

/** {@link startImageServer}, on a network that can fail. */
export async function serveImages(
  options: ImageServerOptions,
  { network = () => "good", port: wanted = 0 }: Surroundings = {},
): Promise<ImageServer> {
  const files = new Map([
    ...stream("releases", options.releases ?? USUAL_RELEASES),
    ...stream("daily", options.daily ?? USUAL_DAILY),
  ]);
  const asked: string[] = [];
  let available = true;
  const serve: RequestListener = (request, response) => {
    const path = decodeURIComponent(request.url ?? "/");
    asked.push(path);
    const state = available ? network() : "bad";
    if (state === "dropped") return;
    if (state === "bad") {
      request.socket.destroy();
      return;
    }
    const content = files.get(path);
    if (!content) {
      response.writeHead(404).end();
      return;
    }
    const type = path.endsWith(".json") ? "application/json" : "application/octet-stream";
    response.writeHead(200, { "content-type": type, "content-length": content.length });
    response.end(request.method === "HEAD" ? undefined : content);
  };
  const server: Server = options.tls
    ? process.getBuiltinModule("node:https").createServer(options.tls, serve)
    : process.getBuiltinModule("node:http").createServer(serve);
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(port, "127.0.0.1", resolve);
    });
  await listen(wanted).catch(() => listen(0));
  server.unref();
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return {
    url: `${options.tls ? "https" : "http"}://127.0.0.1:${port}`,
    requests: () => [...asked],
    setAvailable: (value) => {
      available = value;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
