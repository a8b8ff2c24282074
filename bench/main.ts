/**
 * Measures what users pay for this package, compared with the alternatives.
 *
 *     npm run bench                    everything; writes docs/benchmarks.md and bench/results.json
 *     npm run bench -- --only=race     one part; keeps the recorded results of the others
 *     npm run bench -- --rivals        beside other tools, as far as they are on the PATH; keeps the other results
 *     npm run bench -- --quick         only a few minutes; writes nothing
 *     npm run bench -- --check         writes nothing; fails if a result is worse than in bench/results.json
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { afterLaunch } from "./after-launch.ts";
import { footprint } from "./footprint.ts";
import { machine } from "./machine.ts";
import type { Part } from "./measure.ts";
import { race } from "./race/index.ts";
import { missedGoals, type Results, readResults, worse, writeResults } from "./results.ts";
import { rivals } from "./rivals/index.ts";
import { scale } from "./scale/index.ts";
import { startup } from "./startup.ts";
import { streams } from "./streams.ts";

const PARTS: readonly Part[] = [race, scale, startup, footprint, streams, afterLaunch];
const DOCUMENTED: readonly Part[] = [...PARTS, rivals];

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
    only: { type: "string" },
    rivals: { type: "boolean", default: false },
  },
});
const asked = values.only?.split(",");
const chosen = values.rivals ? [rivals] : PARTS.filter(({ id }) => asked?.includes(id) ?? true);
const baseLine = readResults();
const results = { ...baseLine };
const folder = mkdtempSync(join(tmpdir(), "multipass-bench-"));
process.env["PULUMI_MULTIPASS_STATE_DIR"] = folder;
try {
  for (const part of chosen) {
    console.log(`\n# ${part.title}\n`);
    const say = (message: string) => console.log(message);
    const measured = await part.run({ quick: values.quick, say });
    results[part.id] = { title: part.title, machine: machine(), ...measured };
    console.log(`\n${measured.text}\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
// Reads the results again, because another part may have been measured meanwhile.
if (!values.quick && !values.check) {
  const mine = Object.fromEntries(chosen.map(({ id }) => [id, results[id]]));
  writeResults({ ...readResults(), ...mine } as Results, DOCUMENTED);
}
const measured = Object.assign({}, ...chosen.map(({ id }) => results[id]?.metrics));
for (const line of missedGoals(measured)) console.log(line);
if (values.check) {
  const complaints = worse(measured, baseLine);
  for (const line of complaints) console.error(line);
  if (complaints.length > 0) process.exitCode = 1;
  else console.log("Nothing got worse by more than its noise.");
}
