/** How the client rewrites user-data. */
import { type Document, parseAllDocuments, visit } from "yaml";

/** Reads like yaml-cpp: every scalar is the string as written, and a key may occur twice. */
const OPTIONS = { schema: "failsafe", version: "1.1", uniqueKeys: false, logLevel: "error" } as const;

/**
 * User-data as the guest gets it. The client parses it and writes it anew. That drops comments, quotes and
 * all documents but the first, and keeps tags (canonical/multipass#4176).
 *
 * @throws Error with the parser's own message
 */
export function writtenAnew(text: string): string {
  let [document] = parse(text);
  // yaml-cpp treats tabs in flow collections like any other white space.
  if (document?.errors[0]) [document] = parse(text.replaceAll(/^( *)\t[ \t]*/gm, `$1${" ".repeat(64)}`));
  if (document?.errors[0]) throw document.errors[0];
  if (!document || document.contents === null) return "";
  document.comment = null;
  document.commentBefore = null;
  visit(document, {
    Node(_, node) {
      node.comment = null;
      node.commentBefore = null;
    },
  });
  visit(document, {
    Scalar(_, node) {
      // Values that would become null without quotes keep their quotes.
      if (!/^(?:~|null|Null|NULL)?$/.test(String(node.value))) node.type = "PLAIN";
    },
  });
  return `#cloud-config\n${document.toString({ lineWidth: 0 })}`;
}

const parse = (text: string) => [...parseAllDocuments(text, OPTIONS)] as Document.Parsed[];
