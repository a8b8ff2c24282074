import type { Example } from "../source.ts";
import type { PackageSpec } from "../spec.ts";
import { csharp } from "./csharp.ts";
import { go } from "./go.ts";
import { java } from "./java.ts";
import { programOf, type Step } from "./program.ts";
import { python } from "./python.ts";
import { typescript } from "./typescript.ts";
import { yaml } from "./yaml.ts";

/** How each language writes a program, by its name in Pulumi's documentation. */
const LANGUAGES: Record<string, (steps: readonly Step[], schema: PackageSpec) => string> = {
  typescript,
  python,
  go,
  csharp,
  java,
  yaml,
};

/**
 * Adds the examples to a description, in every language, with the markup by which Pulumi distinguishes them.
 */
export function withExamples(
  schema: PackageSpec,
  spec: { description?: string } | undefined,
  examples: readonly Example[],
): void {
  if (!spec || examples.length === 0) return;
  const sections = examples.map(({ title, code }) => {
    const steps = programOf(code);
    const blocks = Object.entries(LANGUAGES).map(
      ([language, write]) => `\`\`\`${language}\n${write(steps, schema)}\`\`\``,
    );
    const heading = title === "" ? [] : [`### ${title}`, ""];
    return ["{{% example %}}", ...heading, ...blocks, "{{% /example %}}"].join("\n");
  });
  spec.description = [
    spec.description,
    "",
    "{{% examples %}}",
    "## Example Usage",
    ...sections,
    "{{% /examples %}}",
  ].join("\n");
}
