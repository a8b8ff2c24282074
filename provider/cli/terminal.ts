import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** Text in a style, or as it is where there are to be no colours. */
export type Paint = (style: Style, text: string) => string;

interface Output {
  isTTY?: boolean | undefined;
}

/**
 * Whether to use colours: `FORCE_COLOR` decides where it is set (`0` and `false` forbid), then `NO_COLOR` (https://no-color.org), then
 * whether a person reads the stream. The same order as Node.js's own, so that nothing in one process disagrees.
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

/** Breaks text into lines of at most `width` characters, at blanks; a longer word gets a line of its own. */
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
