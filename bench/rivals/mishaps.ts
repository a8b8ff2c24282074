import { setTimeout as delay } from "node:timers/promises";
import { stripVTControlCharacters } from "node:util";
import { execa } from "execa";
import { startImageServer } from "../../simulator/src/index.ts";
import { Lab } from "./lab.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import type { Tool } from "./tool.ts";

/** How a tool came through a mishap. */
export interface Survival {
  tool: Tool;
  /** Whether the first run ended well; undefined if it was killed. */
  firstRun?: boolean;
  /** Real seconds from a good network until all instances ran, if the first run ended well. */
  late?: number;
  /** Instances that ran after the first run. */
  before: number;
  /** Whether the second run ended well. */
  again: boolean;
  /** What the second run says if it did not. */
  complaint: string;
  outcome: Outcome;
}

const NETWORK_AT = 20;
const RACERS = 3;
const KILLED_COUNT = 10;
/** How many launches have been accepted when the tool is killed. */
const KILLED_AT = 3;
const BOOT_SECONDS = 1;

/** The last error of an output, on one line. */
const complaintOf = (output: string): string => {
  const lines = stripVTControlCharacters(output).split("\n");
  const said = lines.find((line) => /launch failed|already exists|is locked/i.test(line)) ?? "";
  return said.replace(/[|│*]/g, "").trim().slice(-160);
};

/** Somebody else's instance, deleted but not purged. */
async function deleteOne({ sim }: Lab): Promise<string[]> {
  await execa(sim.bin, ["launch", "--name", "theirs"], { env: sim.env });
  await execa(sim.bin, ["delete", "theirs"], { env: sim.env });
  return ["theirs"];
}

async function secondRun(lab: Lab, tool: Tool, count: number, others: string[], first: Partial<Survival>) {
  const { ok, output } = await lab.start(tool.up).ended;
  return {
    tool,
    before: 0,
    ...first,
    again: ok,
    complaint: ok ? "" : complaintOf(output),
    outcome: outcomeOf(await lab.observe(count, others)),
  };
}

/** The tool runs at the host's boot, 20 s before the network is up, and once more when it is. */
export async function raced(tool: Tool): Promise<Survival> {
  const images = await startImageServer();
  images.setAvailable(false);
  const faults = { networkOutages: [{ from: 0, to: NETWORK_AT }], failedFetchAborts: true };
  const lab = await Lab.open(tool, { faults }, { PULUMI_MULTIPASS_IMAGE_SERVER: images.url });
  const good = (await lab.sim.world()).startedAt + NETWORK_AT * 1000;
  const timer = setTimeout(() => images.setAvailable(true), good - Date.now());
  try {
    lab.write({ count: RACERS, cpus: 1 });
    const { ok } = await lab.start(tool.up).ended;
    const accepted = (await lab.sim.calls()).filter(
      ({ argv, exitCode }) => argv[0] === "launch" && exitCode === 0,
    );
    const last = Math.max(...accepted.map(({ endedAt = Number.NaN }) => endedAt));
    const before = (await lab.instances("Running")).length;
    await delay(Math.max(0, good + 1000 - Date.now()));
    const late = ok ? { late: (last - good) / 1000 } : {};
    return await secondRun(lab, tool, RACERS, [], { firstRun: ok, before, ...late });
  } finally {
    clearTimeout(timer);
    await lab.close();
    await images.close();
  }
}

/** Every process of the tool is killed in the middle of its launches, and the tool runs once more. */
export async function killed(tool: Tool): Promise<Survival> {
  const lab = await Lab.open(tool, { faults: { guest: { bootSeconds: BOOT_SECONDS } } });
  try {
    const others = await deleteOne(lab);
    lab.write({ count: KILLED_COUNT, cpus: 1 });
    const run = lab.start(tool.up);
    let over = false;
    const ended = run.ended.then(() => {
      over = true;
    });
    while (!over && (await lab.instances("Running")).length < KILLED_AT) await delay(10);
    run.kill();
    await ended;
    const before = (await lab.instances("Running")).length;
    if (tool.unlock) await lab.start(tool.unlock).ended;
    return await secondRun(lab, tool, KILLED_COUNT, others, { before });
  } finally {
    await lab.close();
  }
}
