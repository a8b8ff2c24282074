/**
 * Draws docs/images/up.svg, the picture in the README, from the real output of `npm run up` on a simulated
 * host. Omits repeated progress, and what Pulumi repeats below its table.
 *
 *     npm run docs:picture
 */
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { execa } from "execa";

const root = resolve(import.meta.dirname, "..");
const target = join(root, "docs/images/up.svg");

interface Line {
  /** Seconds since the start. */
  at: number;
  text: string;
}

const WIDTH = 92;
const LINE_HEIGHT = 20;
const CHARACTER = 7.8;
const PADDING = 16;
const TITLE_BAR = 36;
const TIME_COLUMN = 6;

const recorded = await record();
const summary = recorded.findIndex(({ text }) => text === "Diagnostics:");
const lines = [...recorded.slice(0, summary), ...recorded.slice(-1)].filter(({ text }) => !isNoise(text));
writeFileSync(target, draw(lines));
console.log(`${target}: ${lines.length} lines`);

/** Runs `npm run up` and records when each line appeared. */
async function record(): Promise<Line[]> {
  let started: number | undefined;
  const lines: Line[] = [];
  const run = execa("npm", ["run", "-s", "up"], { cwd: root, all: true, env: { NO_COLOR: "1" } });
  for await (const text of run.iterable({ from: "all" })) {
    // Starts with the first line: users of the package do not wait for the build.
    started ??= Date.now();
    lines.push({ at: (Date.now() - started) / 1000, text: String(text) });
  }
  return lines;
}

/** Matches Pulumi's ticker, and every download line but the first. */
function isNoise(text: string): boolean {
  return text.trim() === "" || text.startsWith("@ ") || /downloading the image · [1-9]/.test(text);
}

function draw(recorded: readonly Line[]): string {
  const rows = recorded.flatMap(({ at, text }) =>
    wrap(text).map((part, index) => ({ at: index === 0 ? at : undefined, text: part, style: style(text) })),
  );
  const width = Math.round((WIDTH + TIME_COLUMN) * CHARACTER + 2 * PADDING);
  const height = TITLE_BAR + rows.length * LINE_HEIGHT + PADDING;
  const body = rows.map(({ at, text, style }, index) => {
    const y = TITLE_BAR + (index + 1) * LINE_HEIGHT - 6;
    const time =
      at === undefined
        ? ""
        : `<text class="time" x="${PADDING}" y="${y}">${at.toFixed(0).padStart(3)}s</text>`;
    const x = PADDING + TIME_COLUMN * CHARACTER;
    return `${time}<text class="${style}" x="${x}" y="${y}" xml:space="preserve">${escaped(text)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>npm run up, on a simulated host that is still booting</title>
<style>
text { font: 13px ui-monospace, SFMono-Regular, Menlo, "DejaVu Sans Mono", monospace; fill: #d8dee9; }
.time { fill: #7b8794; }
.note { fill: #9aa5b1; }
.wait { fill: #f0c674; }
.done { fill: #8fd19e; }
.title { fill: #9aa5b1; text-anchor: middle; }
</style>
<rect width="100%" height="100%" rx="8" fill="#1b2028"/>
<circle cx="20" cy="18" r="6" fill="#ff5f57"/><circle cx="40" cy="18" r="6" fill="#febc2e"/><circle cx="60" cy="18" r="6" fill="#28c840"/>
<text class="title" x="${width / 2}" y="23">npm run up</text>
${body.join("\n")}
</svg>
`;
}

function style(text: string): string {
  if (/waiting for|SIMULATOR|TEST ENGINE/.test(text)) return "wait";
  if (/created|ready at|is ready/.test(text)) return "done";
  return "out";
}

/** Breaks a line between words, or inside a word that is too long. Continuation lines get a larger indent. */
function wrap(text: string): string[] {
  const indent = `${/^ */.exec(text)?.[0] ?? ""}    `;
  const parts: string[] = [];
  let rest = text;
  while (rest.length > WIDTH) {
    const space = rest.lastIndexOf(" ", WIDTH);
    const at = space > indent.length ? space : WIDTH;
    parts.push(rest.slice(0, at));
    rest = indent + rest.slice(at).trimStart();
  }
  return [...parts, rest];
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
