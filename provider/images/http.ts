import type { IncomingMessage } from "node:http";
import { MultipassError } from "../driver/errors.ts";
import { MIB } from "../driver/size.ts";

/** Milliseconds without data after which a request is given up, as in Multipass's own downloads. */
const STALL_MS = 10_000;
/** Maximum size in bytes; the largest index of the Ubuntu servers has about 10 MB. */
const MAX_DOCUMENT = 64 * MIB;

const UNTRUSTED_HERE =
  "Node.js does not trust the server's certificate, which is common where a company's proxy re-signs HTTPS. Name the file of its certificate authority in NODE_EXTRA_CA_CERTS, or set NODE_OPTIONS=--use-system-ca. The Multipass daemon needs it as well, in this computer's own store. A wrong clock causes the same error.";

/** Whether a connection failed because Node.js does not accept the server's certificate. */
function isUntrusted(cause: unknown): boolean {
  const code = (cause as { code?: unknown } | undefined)?.code;
  return typeof code === "string" && /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code);
}

/** Failures of name resolution and of this computer's routes. */
const UNSENT = ["EAI_AGAIN", "ENOTFOUND", "ENETDOWN", "ENETUNREACH", "EHOSTUNREACH", "EADDRNOTAVAIL"];

/** Whether a request failed before anything reached the server. Then another try soon does not burden it. */
export function neverReachedServer(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(neverReachedServer);
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return UNSENT.includes(code as string) || (cause instanceof Error && neverReachedServer(cause));
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Refuses unencrypted URLs, since the download becomes an instance. Plain HTTP is for this host only. */
export function requireSecure(url: string): URL {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    // Everything before an @ may be a password. In an invalid URL, it may even contain a slash.
    throw new MultipassError(`"${url.replace(/\/\/.*@/s, "//")}" is not a URL`, {
      kind: "invalid-argument",
      remedy: "Write it as https://HOST/PATH/.",
    });
  }
  if (parsed.protocol === "https:" || (parsed.protocol === "http:" && LOOPBACK.test(parsed.hostname)))
    return parsed;
  throw new MultipassError(`Refusing to read images from ${parsed.protocol}//${parsed.host}`, {
    kind: "invalid-argument",
    remedy: "Use an https:// URL. Plain http:// is accepted from this host only.",
  });
}

/** A URL without its user name and password, safe to show. */
export function shownUrl(url: string): string {
  const shown = new URL(url);
  shown.username = "";
  shown.password = "";
  return shown.href;
}

/** Opens a download through the environment's proxies (`HTTPS_PROXY`; from Node.js 22.21 or 24.5 on). */
export function open(
  url: string,
  options: { signal?: AbortSignal | undefined; headers?: Record<string, string>; method?: string } = {},
): Promise<IncomingMessage> {
  const parsed = requireSecure(url);
  // Importing it would also load the fetch client: 50 ms of CPU time at every start of the plugin.
  const { get, Agent } = process.getBuiltinModule(parsed.protocol === "https:" ? "node:https" : "node:http");
  const agent = new Agent({ proxyEnv: process.env } as object);
  return new Promise((resolve, reject) => {
    const request = get(parsed, { ...options, agent }, resolve);
    request.setTimeout(STALL_MS, () => request.destroy(new Error(`no data for ${STALL_MS / 1000} s`)));
    request.on("error", reject);
  });
}

/**
 * HTTP status of a file, as the server reports it to this computer. Multipass always uses HTTPS, whatever the
 * URL says.
 *
 * @returns undefined if the server does not answer
 */
export async function statusOf(url: string, signal?: AbortSignal): Promise<number | undefined> {
  try {
    const asked = LOOPBACK.test(new URL(url).hostname) ? url : url.replace(/^http:/i, "https:");
    const response = await open(asked, { signal, method: "HEAD" });
    response.destroy();
    return response.statusCode;
  } catch {
    return undefined;
  }
}

/** Reads a JSON document. @throws MultipassError of kind `download-failed` */
export async function getJson(url: string, signal?: AbortSignal): Promise<unknown> {
  try {
    const response = await open(url, { signal });
    if (response.statusCode !== 200) {
      response.destroy();
      throw new Error(`the server answered with status ${response.statusCode}`);
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response) {
      bytes += chunk.length;
      if (bytes > MAX_DOCUMENT) throw new Error("the document is too large for an image index");
      chunks.push(chunk);
    }
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch (cause) {
    if (cause instanceof MultipassError) throw cause;
    throw new MultipassError(`Unable to read ${shownUrl(url)}`, {
      kind: "download-failed",
      transient: true,
      // For a host with several addresses, the error has a code but no message.
      details: (cause as Error).message || (cause as NodeJS.ErrnoException).code,
      remedy: isUntrusted(cause)
        ? UNTRUSTED_HERE
        : "Check the host's network, name resolution and proxy settings.",
      cause,
    });
  }
}
