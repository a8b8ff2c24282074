import type { Example } from "./source.ts";
import type { PackageSpec } from "./spec.ts";

/** Adds the examples to a description, in the syntax by which Pulumi tells the languages apart. */
export function withExamples(
  _schema: PackageSpec,
  spec: { description?: string } | undefined,
  examples: readonly Example[],
): void {
  if (!spec || examples.length === 0) return;
  const sections = examples.map(({ title, code }) =>
    [
      "{{% example %}}",
      ...(title ? [`### ${title}`] : []),
      `\`\`\`typescript\n${code}\`\`\``,
      "{{% /example %}}",
    ].join("\n"),
  );
  spec.description = [
    spec.description,
    "{{% examples %}}",
    "## Example Usage",
    ...sections,
    "{{% /examples %}}",
  ].join("\n");
}
