import { Archive, Asset } from "../asset.ts";
import { writeAsFirstVersion, writeCloudConfig } from "../user-data/write.ts";

/** User-data as Multipass gets it. */
export interface UserData {
  text: string;
  /** For an object: the text that version 0.1.0 wrote, which the states of that version hold. */
  asFirstVersion?: string;
}

/** Turns user-data of any form into text. @throws Error that says what is wrong, and quotes nothing */
export function userData(value: unknown): UserData {
  if (typeof value === "string") return { text: value };
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error("must be cloud-config: a string, an object or a Pulumi asset");
  }
  if (value instanceof Asset) return { text: decoded(value.read()) };
  if (value instanceof Archive) {
    throw new Error(
      "is an archive, and must be one document: pass its file with `new pulumi.asset.FileAsset(path)`",
    );
  }
  if (holdsAsset(value)) {
    throw new Error("has an asset or an archive among its values: insert its text there, as a string");
  }
  return { text: writeCloudConfig(value), asFirstVersion: writeAsFirstVersion(value) };
}

function holdsAsset(value: unknown): boolean {
  if (value instanceof Asset || value instanceof Archive) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsAsset);
}

/** Decodes UTF-8 or UTF-16, which some editors on Windows write, with or without a byte order mark. */
function decoded(bytes: Buffer): string {
  const [first = 0, second = 0] = bytes;
  const isLittle = (first === 0xff && second === 0xfe) || (first !== 0 && second === 0 && bytes.length > 1);
  const isBig = (first === 0xfe && second === 0xff) || (first === 0 && second !== 0);
  return new TextDecoder(isLittle ? "utf-16le" : isBig ? "utf-16be" : "utf-8").decode(bytes);
}
