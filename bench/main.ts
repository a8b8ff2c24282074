/**
 * Measures what users pay for this package, compared with the alternatives.
 *
 *     npm run bench                    everything; writes docs/benchmarks.md and bench/results.json
 *     npm run bench -- --only=race     one part; keeps the recorded results of the others
 *     npm run bench -- --rivals        beside other tools, as far as they are on the PATH; keeps the other results
 *     npm run bench -- --quick         only a few minutes; writes nothing
 *     npm run bench -- --check         about a minute; writes nothing; fails if anything got worse by more than its noise
 *     npm run bench -- --record        measures what --check expects, and the noise; --only=imports for one probe
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { afterLaunch } from "./after-launch.ts";
import { lacksBuild } from "./built.ts";
import { check, record } from "./check/index.ts";
import { footprint } from "./footprint.ts";
import { large } from "./large/index.ts";
import { machine } from "./machine.ts";
import { many } from "./many.ts";
import type { Part } from "./measure.ts";
import { race } from "./race/index.ts";
import { missedGoals, type Results, readResults, writeResults } from "./results.ts";
import { rivals } from "./rivals/index.ts";
import { scale } from "./scale/index.ts";
import { startup } from "./startup.ts";
import { streams } from "./streams.ts";

const PARTS: readonly Part[] = [race, scale, startup, footprint, streams, afterLaunch, many, large];
const DOCUMENTED: readonly Part[] = [...PARTS, rivals];

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
    record: { type: "boolean", default: false },
    only: { type: "string" },
    rivals: { type: "boolean", default: false },
  },
});
const asked = values.only?.split(",");
const lacking = lacksBuild(join(import.meta.dirname, ".."));
if (lacking !== undefined) {
  console.error(lacking);
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), "multipass-bench-"));
process.env["PULUMI_MULTIPASS_STATE_DIR"] = folder;
const say = (message: string) => console.log(message);
try {
  if (values.check) await checkAll();
  else if (values.record) await recordAll();
  else await measureAll();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function checkAll(): Promise<void> {
  const complaints = await check(readResults()["check"]?.metrics ?? {}, say, asked);
  for (const line of complaints) console.error(line);
  if (complaints.length > 0) process.exitCode = 1;
  else say("Nothing got worse by more than its noise.");
}

async function recordAll(): Promise<void> {
  const recorded = await record(say, asked);
  const results = readResults();
  const metrics = { ...(asked && results["check"]?.metrics), ...recorded };
  writeResults({ ...results, check: { title: "Check", machine: machine(), metrics, text: "" } }, DOCUMENTED);
}

async function measureAll(): Promise<void> {
  const chosen = values.rivals ? [rivals] : PARTS.filter(({ id }) => asked?.includes(id) ?? true);
  const mine: Results = {};
  for (const part of chosen) {
    console.log(`\n# ${part.title}\n`);
    const measured = await part.run({ quick: values.quick, say });
    mine[part.id] = { title: part.title, machine: machine(), ...measured };
    console.log(`\n${measured.text}\n`);
  }
  // Reads the results only now, because another part may have been measured meanwhile.
  if (!values.quick) writeResults({ ...readResults(), ...mine }, DOCUMENTED);
  const metrics = Object.assign({}, ...Object.values(mine).map((part) => part.metrics));
  for (const line of missedGoals(metrics)) console.log(line);
}
