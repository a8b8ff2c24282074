export const FORMATS = ["text", "svg", "html", "chrome", "otlp"] as const;
export type Format = (typeof FORMATS)[number];

export interface TimelineOptions {
  stack?: string | undefined;
  /** Folder of the Pulumi project. */
  cwd?: string | undefined;
  /** Read this export instead of asking Pulumi; `-` is stdin. */
  file?: string | undefined;
  format?: Format | undefined;
  /** Default: stdout. */
  output?: string | undefined;
}
