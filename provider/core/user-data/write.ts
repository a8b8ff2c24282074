import { Document, parseDocument, type Scalar, Schema, stringify, visit } from "yaml";
import { Archive, Asset } from "../asset.ts";
import { STRING_TAG } from "./parse.ts";

const HEADER = "#cloud-config\n";

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

/**
 * Writes an object as a cloud-config in which every string stays a string in the guest. Multipass drops the
 * quotes (canonical/multipass#4176), and cloud-init reads YAML 1.1, so `"off"` would arrive as false. A tag
 * survives.
 */
export function writeCloudConfig(value: object): string {
  const document = new Document(value, { version: "1.1", aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, node) {
      const tag = tagFor(node);
      if (tag !== undefined) node.tag = tag;
    },
  });
  return HEADER + document.toString();
}

/** Writes an object as version 0.1.0 of this package did. */
export function writeAsFirstVersion(value: object): string {
  return HEADER + stringify(value);
}

/** Turns the text of {@link writeCloudConfig} into what version 0.1.0 wrote for the same object. */
export function rewriteAsFirstVersion(text: string): string {
  const document = parseDocument(text, { version: "1.2", prettyErrors: false, logLevel: "silent" });
  return document.errors.length > 0 ? text : writeAsFirstVersion(document.toJS({ maxAliasCount: -1 }) ?? {});
}

function tagFor({ value }: Scalar): string | undefined {
  if (typeof value === "string") return isReadAsString(value) ? undefined : STRING_TAG;
  // Without a decimal point YAML 1.1 reads `1e+21` as a string.
  if (typeof value === "number" && String(value).includes("e")) return "tag:yaml.org,2002:float";
  return undefined;
}

const { tags } = new Schema({ schema: "yaml-1.1", merge: true });

/** Whether YAML 1.1 reads the characters as a string if they have no quotes and no tag. */
export function isReadAsString(text: string): boolean {
  // YAML 1.1 has types for these. The library knows `<<` only as a key, and `=` not at all.
  if (text === "=" || text === "<<") return false;
  return !tags.some((tag) => tag.default === true && tag.tag !== STRING_TAG && tag.test?.test(text));
}
