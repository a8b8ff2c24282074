import { isScalar, isSeq, type Node } from "yaml";
import { contentOf } from "./parse.ts";

const REMEDY = "Multipass accepts one cloud-config document only";

/** Refuses forms of user-data that show in the text itself, however it parses. */
export function refusedForm(text: string): string | undefined {
  if (/^##\s*template:\s*jinja/i.test(text) && /\{[{%]/.test(text)) {
    return "is a Jinja template, which Multipass cannot pass on: it drops the header, and cloud-init would not render the text. Insert the values in the program instead";
  }
  if (/^(?:content-type:\s*multipart|mime-version:)/i.test(text.trimStart())) {
    return `is a MIME archive, which Multipass cannot pass on. ${REMEDY}: merge the parts into one`;
  }
  return undefined;
}

const FORMATS =
  /^#(?:include-once|include|cloud-boothook|cloud-config-archive|cloud-config-jsonp|part-handler|upstart-job)\b/;

export function refusedRoot(text: string, root: Node): string {
  const [format] = FORMATS.exec(text) ?? [];
  if (format) return `is in the format \`${format}\`, which Multipass cannot pass on. ${REMEDY}`;
  if (isScalar(root) && !text.startsWith("#")) {
    const content = contentOf(root).trim();
    if (/^https?:\/\/\S+$/i.test(content)) return "is a URL, which is not fetched. Pass the content itself";
    if (isPath(content)) {
      return "is a path, which is not read. Pass the file with `new pulumi.asset.FileAsset(path)`";
    }
  }
  const scripts = isSeq(root) ? "" : "; Multipass cannot pass on scripts, so put commands under `runcmd`";
  return `must be cloud-config, a YAML mapping such as { packages: ["git"] }${scripts}`;
}

function isPath(text: string): boolean {
  return (
    !text.includes("\n") && /^(?:~|\.{1,2})?[\\/]|^[a-z]:[\\/]|\.(?:ya?ml|cfg|conf|json|txt)$/i.test(text)
  );
}
