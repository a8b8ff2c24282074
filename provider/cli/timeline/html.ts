import { formatSeconds } from "../../core/operation/deadline.ts";
import { type Create, totals } from "./model.ts";
import { escapeXml, svg } from "./svg.ts";

const STYLE = `
:root{color-scheme:light dark}
body{margin:2rem auto;max-width:1080px;padding:0 1rem;font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif;background:light-dark(#fff,#14181f);color:light-dark(#1d2939,#eceff3)}
svg{display:block;width:100%;min-width:720px;height:auto}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;margin-top:1.5rem;font-size:13px;font-variant-numeric:tabular-nums}
th,td{padding:.35rem .4rem;text-align:right;border-bottom:1px solid light-dark(#e4e7ec,#2b323d);white-space:nowrap}
th{font-weight:600}
th:first-child,td:first-child{text-align:left;white-space:normal;overflow-wrap:anywhere;min-width:7rem}
td.none{color:light-dark(#98a2b3,#667085)}
`;

/** The chart and its numbers as a self-contained page. */
export function html(creates: readonly Create[], title: string): string {
  const phases = [...totals(creates).keys()];
  const head = ["Instance", ...phases, "Total"]
    .map((text) => `<th scope="col">${escapeXml(text)}</th>`)
    .join("");
  const rows = creates.map((create) => {
    const cells = phases.map((phase) => cell(create, phase)).join("");
    const name = create.ready ? create.name : `${create.name} (not ready)`;
    return `<tr><td>${escapeXml(name)}</td>${cells}<td>${escapeXml(formatSeconds(create.end - create.start))}</td></tr>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeXml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<div class="scroll">${svg(creates, title)}</div><div class="scroll"><table>
<thead><tr>${head}</tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table></div>
</body>
</html>
`;
}

function cell(create: Create, phase: string): string {
  const those = create.phases.filter(({ name }) => name === phase);
  if (those.length === 0) return '<td class="none">–</td>';
  const ms = those.reduce((sum, { start, end }) => sum + end - start, 0);
  const tries = those.reduce((sum, { attempts }) => sum + attempts, 0);
  return `<td>${escapeXml(formatSeconds(ms))}${tries > those.length ? ` (${tries} tries)` : ""}</td>`;
}
