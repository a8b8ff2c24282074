import assert from "node:assert/strict";
import {
  type Simulator,
  type SimulatorOptions,
  startImageServer,
  startSimulator,
} from "../../simulator/src/index.ts";
import { disposed } from "../support/disposed.ts";
import { noteCalls } from "../support/logs.ts";
import { run, until } from "../support/run.ts";
import { command, hostEnv } from "./command.ts";

export interface Report {
  ready: boolean;
  readyByUrl: boolean;
  transient: boolean;
  exitCode: number;
  bootRace: { daemonAge: number | null; nextTryIn: number | null; atMost: number } | null;
  checks: { id: string; status: string; detail: string; hint?: string; kind?: string; transient?: boolean }[];
  remedies: { action: string; done: boolean; detail: string }[];
}

/** The report of the real command, whose exit code has to be the one that it names. */
export async function doctorJson(env: Record<string, string>, ...args: string[]) {
  const { code, stdout, stderr } = await command(["doctor", "--json", ...args], env);
  assert.notEqual(stdout, "", stderr);
  const report = JSON.parse(stdout) as Report;
  assert.equal(report.exitCode, code);
  const check = (id: string) => report.checks.find((one) => one.id === id) ?? assert.fail(`no check ${id}`);
  return { report, code, stderr, check };
}

/** Brings the daemon into the state in which it has no list and does not know that it should fetch one. */
export async function emptyList(simulator: Simulator): Promise<void> {
  await until(async () => (await simulator.world()).imageList.status === "good");
  await simulator.setFaults({ networkOutages: [{}] });
  await run(simulator.bin, ["find", "--force-update"]);
}

/** A simulated host, and an image server that it reaches unless another one is named. */
export async function onHost(
  options: SimulatorOptions,
  use: (env: Record<string, string>, simulator: Simulator) => Promise<void>,
  server?: string,
): Promise<void> {
  const images = disposed(await startImageServer());
  const simulator = noteCalls(disposed(await startSimulator(options)));
  await use(hostEnv(simulator, server ?? images.url), simulator);
}
