import { parseDocument, stringify } from "yaml";
import { readAsset } from "../asset.ts";

const HEADER = "#cloud-config\n";

/**
 * User-data in each of its forms as the text that Multipass is given.
 *
 * @throws Error whose message says what is wrong; it quotes nothing of the text, which may hold secrets
 */
export function userData(value: unknown): string {
  const text = textOf(value);
  const document = parseDocument(text, { prettyErrors: false });
  const [error] = document.errors;
  if (error) {
    const line = text.slice(0, error.pos[0]).split("\n").length;
    throw new Error(`is no valid YAML (${error.code.toLowerCase().replaceAll("_", " ")}, line ${line})`);
  }
  const first = document.toJS();
  if (typeof first !== "object" || first === null || Array.isArray(first)) {
    // Multipass parses user-data as YAML and writes it anew, so that a script would arrive as something else.
    throw new Error(
      'has to be cloud-config, a YAML mapping such as { packages: ["git"] }; Multipass cannot pass on scripts, put them under `runcmd`',
    );
  }
  return text;
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error("has to be cloud-config as text, as an object, or as a Pulumi asset");
  }
  return readAsset(value)?.toString() ?? HEADER + stringify(value);
}
