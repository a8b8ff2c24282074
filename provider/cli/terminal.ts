import { styleText } from "node:util";

export type Style = Parameters<typeof styleText>[0];

export type Paint = (style: Style, text: string) => string;

interface Output {
  isTTY?: boolean | undefined;
}

/**
 * Whether to use colours. `FORCE_COLOR` decides if set (`0` and `false` forbid), then `NO_COLOR`
 * (https://no-color.org), then whether the stream is a terminal. Node.js uses the same order, so everything
 * in one process agrees.
 */
export function usesColour(stream: Output, env: NodeJS.ProcessEnv = process.env): boolean {
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  if (env["NO_COLOR"]) return false;
  return Boolean(stream.isTTY) && env["TERM"] !== "dumb";
}

export function painter(stream: Output, env: NodeJS.ProcessEnv = process.env): Paint {
  if (!usesColour(stream, env)) return (_style, text) => text;
  return (style, text) => styleText(style, text, { validateStream: false });
}

/** Breaks text at blanks into lines of at most `width` characters; a longer word gets its own line. */
export function wrap(text: string, width: number): string[] {
  return text.split("\n").flatMap((paragraph) => {
    const lines: string[] = [];
    let line = "";
    for (const word of paragraph.split(" ")) {
      if (line && line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else {
        line = line ? `${line} ${word}` : word;
      }
    }
    return [...lines, line];
  });
}
