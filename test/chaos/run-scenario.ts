import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { type FaultPlan, type Simulator, startSimulator } from "../../simulator/src/index.ts";
import { noteCalls } from "../support/logs.ts";
import {
  assertAlone,
  assertInTime,
  assertNoneForgotten,
  assertNoSecret,
  assertSameWorld,
  OTHERS,
} from "./invariants.ts";
import { type Drift, type InstanceArgs, type Round, type Scenario, SECRET, type Victim } from "./scenario.ts";
import { type Chaos, type ChaosStack, MiniStack, type Plugin, type RunReport, TIMEOUTS } from "./stack.ts";
import { victims } from "./victims.ts";

/** Simulated seconds in a real one. */
const SCALE = 20;
/** Runs after everything was healed that may go by until nothing is left to do. */
const PATIENCE = 6;

/** Makes the stack, given its environment and its folder. */
export type StackMaker = (env: Record<string, string>, dir: string) => Promise<ChaosStack>;

const miniStack: StackMaker = async (env) => new MiniStack(env, SCALE);

/** Plays a scenario, heals all faults, and checks what has to hold in the end. */
export async function runScenario(scenario: Scenario, make: StackMaker = miniStack): Promise<void> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "multipass-chaos-")));
  const { version, faults, rounds, bootMs } = scenario;
  // A host that has had no network since it booted has no image list.
  const offline = faults.networkAt === undefined ? {} : { networkAt: "9h" };
  const sim = noteCalls(await startSimulator({ version, timeScale: SCALE, faults: offline }));
  const env = {
    ...sim.env,
    PULUMI_MULTIPASS_STATE_DIR: join(dir, "journal"),
  };
  const chaos: Chaos = {
    sim,
    dir,
    stack: await make(env, dir),
    program: programOf(scenario.stack, dir),
    adopted: scenario.stack.flatMap(({ name, adopt }) => (adopt && name !== undefined ? [name] : [])),
    reports: [],
  };
  try {
    await makeOthers(sim, dir, chaos.adopted);
    // As real daemons do, which their service manager starts again.
    await sim.setFaults({ failedFetchAborts: true, ...(await fromNowOn(sim, faults)) });
    if (bootMs !== undefined) {
      await sim.stopDaemon();
      setTimeout(() => sim.startDaemon().catch(() => undefined), bootMs).unref();
    }
    for (const round of rounds) await play(chaos, round);
    await heal(sim);
    // What was changed by hand, deleted by a destroy that was cut off, or taken along by a daemon that died, only a refresh sees.
    const hidden = ({ command, kills, drift }: Round) =>
      drift !== undefined || (command === "destroy" && kills.length > 0);
    if (!rounds.some(hidden)) await untilQuiet(chaos);
    await untilQuiet(chaos, true);
    await assertSameWorld(chaos);
    await destroyAll(chaos);
    await assertAlone(chaos);
    await assertNoSecret(chaos, SECRET);
    assertInTime(chaos, SCALE);
  } finally {
    await chaos.stack.dispose?.();
    await sim.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Of a file, since there may be no image list. */
async function makeOthers(sim: Simulator, dir: string, adopted: readonly string[]): Promise<void> {
  const image = join(dir, "other.img");
  writeFileSync(image, "an image");
  await Promise.all(
    [...OTHERS, ...adopted].map((name) =>
      execa(sim.bin, ["launch", "--name", name, "--cpus", "2", `file://${image}`]),
    ),
  );
  await execa(sim.bin, ["stop", OTHERS[0] as string]);
}

function programOf(stack: readonly InstanceArgs[], dir: string): Chaos["program"] {
  const program: Chaos["program"] = new Map();
  for (const [index, { mounts, mountType, ...args }] of stack.entries()) {
    const folders = Array.from({ length: mounts }, (_, number) => join(dir, `folder-${index}-${number}`));
    for (const folder of folders) mkdirSync(folder);
    program.set(`res${index}`, {
      ...JSON.parse(JSON.stringify(args)),
      ...(mounts > 0 && {
        mounts: folders.map((source, number) => ({
          source,
          target: `/mnt/${number}`,
          ...(mountType && { type: mountType }),
        })),
      }),
      cloudInit: `#cloud-config\npassword: ${SECRET}\n`,
      timeouts: TIMEOUTS,
    });
  }
  return program;
}

/** The plan's moments are of the world, which has been there for some time. */
async function fromNowOn(sim: Simulator, faults: FaultPlan): Promise<FaultPlan> {
  if (faults.networkAt === undefined) return faults;
  const { startedAt } = await sim.world();
  const now = ((Date.now() - startedAt) * SCALE) / 1000;
  return { ...faults, networkAt: now + Number(faults.networkAt) };
}

async function play(chaos: Chaos, { command, kills, change, drift }: Round): Promise<void> {
  const { stack, program, sim } = chaos;
  const changed = change && program.get(`res${change.instance}`);
  if (changed) {
    const { cpus, memory, image } = change;
    Object.assign(changed, { cpus, memory, ...(image && { image }) });
  }
  const drifting = drift && stack.state.get(`res${drift.instance}`)?.id;
  if (drift && drifting) await tamper(sim, drifting, drift.act);
  const over = new AbortController();
  let killing: Promise<unknown> = Promise.resolve();
  const onPlugin = (plugin: Plugin) => {
    killing = Promise.all(
      kills.map(async ({ victim, afterMs }) => {
        await delay(afterMs, undefined, { signal: over.signal }).catch(() => undefined);
        if (!over.signal.aborted) await strike(sim, chaos.dir, plugin, victim);
      }),
    );
  };
  const report =
    command === "up"
      ? await stack.up(program, onPlugin)
      : command === "refresh"
        ? await stack.refresh(onPlugin)
        : await stack.destroy(onPlugin);
  over.abort();
  await killing;
  chaos.reports.push(report);
  await heal(sim, false);
  await assertNoneForgotten(chaos);
}

/** What a person does to a machine, as far as its state and the daemon's allow. */
async function tamper(sim: Simulator, name: string, act: Drift): Promise<void> {
  const commands: Record<Drift, string[][]> = {
    stop: [["stop", name]],
    suspend: [["suspend", name]],
    delete: [["delete", name]],
    purge: [["delete", "--purge", name]],
    umount: [["umount", name]],
    restart: [["restart", name]],
    resize: [
      ["stop", name],
      ["set", `local.${name}.cpus=7`],
    ],
  };
  for (const args of commands[act]) await execa(sim.bin, args, { reject: false });
}

async function strike(sim: Simulator, dir: string, plugin: Plugin, victim: Victim): Promise<void> {
  if (victim === "plugin") plugin.kill("SIGKILL");
  else if (victim === "plugin, by SIGTERM") plugin.kill("SIGTERM");
  else if (victim === "daemon") {
    await sim.crashDaemon();
    setTimeout(() => sim.startDaemon().catch(() => undefined), 500).unref();
  } else for (const pid of await victims(victim, sim, dir)) kill(pid);
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself meanwhile.
  }
}

/** The daemon is there; with `faults` nothing goes wrong any more either. */
async function heal(sim: Simulator, faults = true): Promise<void> {
  await sim.startDaemon();
  if (faults) await sim.setFaults({});
}

async function untilQuiet(chaos: Chaos, refresh = false): Promise<void> {
  let last: RunReport | undefined;
  for (let run = 0; run < PATIENCE; run++) {
    if (refresh) chaos.reports.push(await chaos.stack.refresh());
    last = await chaos.stack.up(chaos.program);
    chaos.reports.push(last);
    if (last.ok && last.touched.length === 0) return;
    await heed(chaos.sim, last.errors);
  }
  assert.fail(`not quiet after ${PATIENCE} runs: ${last?.touched} ${last?.errors.join("\n")}`);
}

/**
 * Does what an error leaves to the user: a program that asks for another image than the one of its create, which was killed, gets a machine of that
 * only when somebody has removed the first one.
 */
async function heed(sim: Simulator, errors: readonly string[]): Promise<void> {
  for (const error of errors) {
    const [, command] = /Remove it with `multipass ([^`]+)`/.exec(error) ?? [];
    if (command) await execa(sim.bin, command.split(" "));
  }
}

async function destroyAll(chaos: Chaos): Promise<void> {
  for (let run = 0; run < PATIENCE && chaos.stack.state.size > 0; run++) {
    chaos.reports.push(await chaos.stack.destroy());
  }
  assert.equal(
    chaos.stack.state.size,
    0,
    `left after ${PATIENCE} runs: ${chaos.reports.at(-1)?.errors.join("\n")}`,
  );
}
