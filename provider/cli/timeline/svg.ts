import { formatSeconds } from "../../core/operation/deadline.ts";
import { type Create, describe, LOOKS, type Phase, type Run, rowOf, runsOf, totals } from "./model.ts";

const WIDTH = 1080;
const MARGIN = 28;
const LABELS = 168;
const TOTALS = 136;
const PLOT = { left: MARGIN + LABELS, right: WIDTH - MARGIN - TOTALS };
const HEAD = 84;
const LEGEND = { row: 24, columns: 4 };
const RUN_HEAD = 66;
const ROW = 34;
const BAR = 22;
/** Minimum width of a phase in pixels; a shorter one would be invisible. */
const THIN = 2;
/** Approximate character widths of 11 and 13 pixel sans-serif text; SVG cannot measure text. */
const SMALL_CHARACTER = 6.3;
const CHARACTER = 7.4;

/** The creates of a stack as a Gantt chart: one self-contained SVG document. */
export function svg(creates: readonly Create[], title: string): string {
  const runs = runsOf(creates);
  const legend = legendOf(creates);
  const body: string[] = [];
  let y = HEAD + legend.height;
  for (const run of runs) {
    body.push(drawRun(run, y));
    y += RUN_HEAD + run.creates.length * ROW + 26;
  }
  const height = y + 8;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeXml(title)}">
<style>${styles()}</style>
<defs><pattern id="unfinished" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="3" height="6" class="stripe"/></pattern></defs>
<rect width="${WIDTH}" height="${height}" class="paper"/>
<text x="${MARGIN}" y="42" class="title">${escapeXml(title)}</text>
<text x="${MARGIN}" y="65" class="note">${escapeXml(subtitle(creates, runs))}</text>
${legend.svg}
${body.join("\n")}
</svg>
`;
}

function styles(): string {
  const fill = Object.entries(LOOKS).map(([phase, [, , , light, dark]]) => ({
    light: `.p-${phase}{fill:${light}}`,
    dark: `.p-${phase}{fill:${dark}}`,
  }));
  return [
    "text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','Liberation Sans',sans-serif;font-size:13px;fill:#1d2939}",
    ".title{font-size:20px;font-weight:650}.note,.tick{fill:#5b6676}.tick,.small{font-size:11px}.run{font-weight:600}.end{text-anchor:end}.middle{text-anchor:middle}",
    ".paper{fill:#fff}.line{stroke:#e4e7ec}.lane{fill:#f6f7f9}.stripe{fill:#fff;opacity:.22}.inside{fill:#fff;font-size:11px;font-weight:600}.bad{fill:#b42318;font-weight:600}.total{font-variant-numeric:tabular-nums}",
    ...fill.map(({ light }) => light),
    `@media (prefers-color-scheme:dark){text{fill:#eceff3}.note,.tick{fill:#a3adbb}.paper{fill:#14181f}.line{stroke:#2b323d}.lane{fill:#1a2029}.stripe{fill:#14181f}.inside{fill:#10141a}.bad{fill:#ff8f84}${fill.map(({ dark }) => dark).join("")}}`,
  ].join("");
}

function subtitle(creates: readonly Create[], runs: readonly Run[]): string {
  const count = creates.length === 1 ? "1 instance" : `${creates.length} instances`;
  const span = formatSeconds(runs.reduce((sum, { start, end }) => sum + end - start, 0));
  return runs.length === 1 ? `${count} · ${span}` : `${count} · ${runs.length} updates · ${span} in all`;
}

/** Each phase with its colour, its total time in all creates, and its share of their time. */
function legendOf(creates: readonly Create[]): { svg: string; height: number } {
  const sums = totals(creates);
  const all = [...sums.values()].reduce((sum, one) => sum + one, 0) || 1;
  const column = (WIDTH - 2 * MARGIN) / LEGEND.columns;
  const parts = [...sums].map(([phase, seconds], index) => {
    const x = MARGIN + (index % LEGEND.columns) * column;
    const y = HEAD + 14 + Math.floor(index / LEGEND.columns) * LEGEND.row;
    const share = seconds / all < 0.01 ? "<1" : Math.round((seconds / all) * 100);
    const amount = `${formatSeconds(seconds * 1000)} · ${share} %`;
    return `<g><title>${escapeXml(describe(phase))}</title><rect x="${x}" y="${y - 11}" width="12" height="12" rx="3" class="${classOf(phase)}"/><text x="${x + 19}" y="${y}">${escapeXml(phase)} <tspan class="note">${escapeXml(amount)}</tspan></text></g>`;
  });
  return { svg: parts.join("\n"), height: Math.ceil(sums.size / LEGEND.columns) * LEGEND.row + 12 };
}

function drawRun(run: Run, top: number): string {
  const axis = axisOf(run.end - run.start);
  const x = (moment: number) => PLOT.left + ((moment - run.start) / axis.span) * (PLOT.right - PLOT.left);
  const rowTop = (index: number) => top + RUN_HEAD + index * ROW;
  const lanes = run.creates.map((_, index) =>
    index % 2 === 0
      ? `<rect x="${MARGIN - 8}" y="${rowTop(index)}" width="${WIDTH - 2 * MARGIN + 16}" height="${ROW}" rx="6" class="lane"/>`
      : "",
  );
  const ticks = axis.ticks.map((ms) => {
    const at = round(x(run.start + ms));
    return `<line x1="${at}" x2="${at}" y1="${rowTop(0) - 6}" y2="${rowTop(run.creates.length)}" class="line"/><text x="${at}" y="${rowTop(0) - 12}" class="tick middle">${ms === 0 ? "0" : escapeXml(formatSeconds(ms))}</text>`;
  });
  const rows = run.creates.map((create, index) => drawCreate(create, rowTop(index), x));
  const when = new Date(run.start).toISOString().replace("T", " ").slice(0, 19);
  return `<text x="${MARGIN}" y="${top + 26}" class="run">${when} UTC</text>
${[...lanes, ...ticks, ...rows].filter(Boolean).join("\n")}`;
}

function drawCreate(create: Create, top: number, x: (moment: number) => number): string {
  const base = top + ROW / 2 + 4.5;
  const bars = create.phases.map((phase, index) => {
    const isLast = index === create.phases.length - 1;
    return drawPhase(phase, top, x, isLast && !create.ready);
  });
  if (!create.ready)
    bars.push(`<text x="${WIDTH - MARGIN - 66}" y="${base}" class="bad small end">not ready</text>`);
  const total = escapeXml(formatSeconds(create.end - create.start));
  return `<g><text x="${MARGIN}" y="${base}"><title>${escapeXml(create.urn)}</title>${escapeXml(shortened(create.name, LABELS - 12, CHARACTER))}</text>
${bars.join("\n")}
<text x="${WIDTH - MARGIN}" y="${base}" class="end total">${total}</text></g>`;
}

function drawPhase(
  { name, start, end, attempts }: Phase,
  top: number,
  x: (moment: number) => number,
  unfinished: boolean,
): string {
  const [left, width] = [x(start), Math.max(THIN, x(end) - x(start) - 1)];
  const duration = formatSeconds(end - start);
  const tries = attempts > 1 ? ` · ${attempts} tries` : "";
  const label = [`${name} ${duration}${tries}`, `${name} ${duration}`, duration].find(
    (text) => text.length * SMALL_CHARACTER + 10 <= width,
  );
  const text = label
    ? `<text x="${round(left + width / 2)}" y="${top + ROW / 2 + 4}" class="inside middle">${escapeXml(label)}</text>`
    : "";
  const shape = `x="${round(left)}" y="${top + (ROW - BAR) / 2}" width="${round(width)}" height="${BAR}" rx="${round(Math.min(4, width / 2))}"`;
  const stripes = unfinished ? `<rect ${shape} fill="url(#unfinished)"/>` : "";
  return `<g><title>${escapeXml(`${describe(name)}: ${duration}${tries}`)}</title><rect ${shape} class="${classOf(name)}"/>${stripes}${text}</g>`;
}

/** An axis with about eight ticks at round times, long enough for the whole chart. */
export function axisOf(length: number): { span: number; ticks: number[] } {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400].map((s) => s * 1000);
  const step = steps.find((one) => length / one <= 9) ?? 86_400_000;
  const span = Math.max(length, step);
  const ticks = Array.from({ length: Math.floor(span / step) + 1 }, (_, index) => index * step);
  return { span, ticks };
}

function classOf(phase: string): string {
  return `p-${rowOf(phase)}`;
}

function shortened(text: string, width: number, character: number): string {
  const most = Math.floor(width / character);
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

export function escapeXml(text: string): string {
  return (
    text
      // Characters that XML cannot contain, even escaped.
      .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "")
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;")
      .replaceAll("'", "&#39;")
  );
}
