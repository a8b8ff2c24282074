import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { getSystemErrorMessage } from "node:util";
import writeFileAtomic from "write-file-atomic";
import { EXIT } from "../exit-codes.ts";
import { packageVersion } from "../package-version.ts";
import { askPulumi } from "../pulumi.ts";
import { painter } from "../terminal.ts";
import { html } from "./html.ts";
import { type Create, createsIn, stackOf } from "./model.ts";
import { svg } from "./svg.ts";
import { textChart } from "./text.ts";
import { chromeTrace, openTelemetry } from "./traces.ts";

export type Format = "text" | "svg" | "html" | "chrome" | "otlp";

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

const USUAL_WIDTH = 100;

/** Draws how a stack's creates spent their time. @returns the exit code */
export async function timeline(options: TimelineOptions, signal: AbortSignal): Promise<number> {
  const { text, name } =
    options.file === undefined ? await exportStack(options, signal) : readExport(options.file);
  let creates: Create[];
  try {
    creates = createsIn(JSON.parse(text));
  } catch (cause) {
    throw new Error(`Unable to read ${name}: ${(cause as Error).message}`, { cause });
  }
  if (creates.length === 0) {
    process.stderr.write(
      `${name} has no instance with a timeline. Instances record theirs when they are created by this version of pulumi-multipass.\n`,
    );
    return EXIT.failed;
  }
  const drawn = DRAW[formatOf(options)](creates, options);
  if (options.output === undefined) process.stdout.write(drawn);
  else await write(options.output, drawn);
  return EXIT.ok;
}

const DRAW: Readonly<
  Record<Format, (creates: readonly Create[], options: Pick<TimelineOptions, "output">) => string>
> = {
  text: (creates, { output }) =>
    output === undefined
      ? textChart(creates, painter(process.stdout), process.stdout.columns ?? USUAL_WIDTH)
      : textChart(creates, (_style, text) => text, USUAL_WIDTH),
  svg: (creates) => svg(creates, titleOf(creates)),
  html: (creates) => html(creates, titleOf(creates)),
  chrome: (creates) => chromeTrace(creates, titleOf(creates)),
  otlp: (creates) => openTelemetry(creates, stackOf(creates), packageVersion()),
};

const titleOf = (creates: readonly Create[]) => `Multipass instances of ${stackOf(creates)}`;

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFileAtomic(file, text);
  } catch (cause) {
    const { errno, message } = cause as NodeJS.ErrnoException;
    // The message itself names a temporary file.
    const reason = errno === undefined ? message : getSystemErrorMessage(errno);
    throw new Error(`Unable to write ${file}: ${reason}`, { cause });
  }
}

function formatOf({ format, output }: TimelineOptions): Format {
  if (format) return format;
  if (output === undefined) return "text";
  if (/\.svg$/i.test(output)) return "svg";
  if (/\.html?$/i.test(output)) return "html";
  if (/\.json$/i.test(output)) return "chrome";
  return "text";
}

function readExport(file: string): { text: string; name: string } {
  try {
    return {
      text: readFileSync(file === "-" ? 0 : file, "utf8"),
      name: file === "-" ? "stdin" : basename(file),
    };
  } catch (cause) {
    throw new Error(`Unable to read ${file}: ${(cause as Error).message}`, { cause });
  }
}

async function exportStack(
  { stack, cwd }: TimelineOptions,
  signal: AbortSignal,
): Promise<{ text: string; name: string }> {
  const selected = stack === undefined ? [] : ["--stack", stack];
  try {
    const text = await askPulumi(["stack", "export", ...selected], {
      cwd,
      signal,
      purpose: "export the stack",
    });
    return { text, name: stack === undefined ? "the current stack" : `stack ${stack}` };
  } catch (cause) {
    throw new Error(
      `${(cause as Error).message}\nName its project with --cwd and the stack with --stack, or pass an export with --file.`,
      { cause },
    );
  }
}
