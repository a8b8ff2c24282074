import { Document, parseDocument, type Scalar, Schema, stringify, visit } from "yaml";
import { STRING_TAG } from "./parse.ts";

const HEADER = "#cloud-config\n";

/**
 * An object as the text of a cloud-config in which every string is a string in the guest, too. Multipass drops the quotes on the way
 * (canonical/multipass#4176), and cloud-init reads YAML 1.1, so `"off"` would arrive as false. A tag survives.
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

/** What version 0.1.0 of this package made of an object. */
export function writeAsFirstVersion(value: object): string {
  return HEADER + stringify(value);
}

/** The same of the text into which {@link writeCloudConfig} has made an object. */
export function rewriteAsFirstVersion(text: string): string {
  const document = parseDocument(text, { version: "1.2", prettyErrors: false, logLevel: "silent" });
  return document.errors.length > 0 ? text : writeAsFirstVersion(document.toJS({ maxAliasCount: -1 }) ?? {});
}

function tagFor({ value }: Scalar): string | undefined {
  if (typeof value === "string") return isReadAsString(value) ? undefined : STRING_TAG;
  // Without a point YAML 1.1 takes `1e+21` for a string.
  if (typeof value === "number" && String(value).includes("e")) return "tag:yaml.org,2002:float";
  return undefined;
}

const { tags } = new Schema({ schema: "yaml-1.1", merge: true });

/** Whether YAML 1.1 takes the characters for a string where they stand without quotes and without a tag. */
export function isReadAsString(text: string): boolean {
  // Types of their own, of which the library knows the one as a key only and the other not at all.
  if (text === "=" || text === "<<") return false;
  return !tags.some((tag) => tag.default === true && tag.tag !== STRING_TAG && tag.test?.test(text));
}
