import type { PackageSpec } from "../spec.ts";
import { csharp } from "./csharp.ts";
import { go } from "./go.ts";
import { java } from "./java.ts";
import type { Step } from "./program.ts";
import { python } from "./python.ts";
import { typescript } from "./typescript.ts";
import { yaml } from "./yaml.ts";

/** How each language writes a program, by its name in Pulumi's documentation. */
export const LANGUAGES: Record<string, (steps: readonly Step[], schema: PackageSpec) => string> = {
  typescript,
  python,
  go,
  csharp,
  java,
  yaml,
};
