/** What an `image` argument stands for. */
export type Image =
  /** A name to look up, in the list of a remote or in the default ones. */
  | { kind: "name"; remote: string | undefined; name: string }
  /** A URL, which needs no lookup. */
  | { kind: "url"; url: string }
  /** The URL of a file on this computer. */
  | { kind: "file"; url: string };

/** Parses an `image` argument as Multipass does. Without one, Multipass launches its default image. */
export function parseImage(argument = "default"): Image {
  if (argument.startsWith("file:")) return { kind: "file", url: argument };
  const [first = "", name, ...rest] = argument.split(":");
  if (/^https?:/.test(argument) || rest.length > 0) return { kind: "url", url: argument };
  if (name === undefined) return { kind: "name", remote: undefined, name: first };
  return { kind: "name", remote: first, name: name || "default" };
}

/** A build of an image on the server that publishes it. */
export interface ResolvedImage {
  /** URL that the instance was launched from. */
  url: string;
  /** Hex digest of the file behind `url`. */
  sha256: string;
  /** Size in bytes. */
  size: number;
  /** Serial number, such as `20260815`. */
  version: string;
  /** Release, such as `24.04 LTS`. */
  release: string;
}
