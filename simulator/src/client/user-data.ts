/** What the client makes of user-data. */
import { type Document, parseAllDocuments, visit } from "yaml";

/** As yaml-cpp reads: every scalar is the string that is written, and a key can be there twice. */
const OPTIONS = { schema: "failsafe", version: "1.1", uniqueKeys: false, logLevel: "error" } as const;

/**
 * User-data as the guest gets it. The client parses it and writes it anew: comments, quotes and all documents but the first are lost, tags
 * are kept (canonical/multipass#4176).
 *
 * @throws Error with the parser's own words
 */
export function writtenAnew(text: string): string {
  let [document] = parse(text);
  // yaml-cpp takes tabs in flow collections for any other white space.
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
      // What would be a null without its quotes keeps them.
      if (!/^(?:~|null|Null|NULL)?$/.test(String(node.value))) node.type = "PLAIN";
    },
  });
  return `#cloud-config\n${document.toString({ lineWidth: 0 })}`;
}

const parse = (text: string) => [...parseAllDocuments(text, OPTIONS)] as Document.Parsed[];
