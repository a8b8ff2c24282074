import type { Example } from "../source.ts";
import type { PackageSpec } from "../spec.ts";
import { LANGUAGES } from "./languages.ts";
import { programOf } from "./program.ts";

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
