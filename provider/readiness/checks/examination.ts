import { findClient } from "../../multipass/binary.ts";
import { Driver, type InstalledVersion } from "../../multipass/driver.ts";
import type { ListedInstance } from "../../multipass/schema.ts";
import { systemClock } from "../clock.ts";
import { FetchGuard } from "../fetch-guard.ts";
import { imageServers } from "../images/catalogue.ts";
import type { Examination } from "./check.ts";
import { daemonComputerOf, type Machine } from "./machine.ts";

/** Milliseconds for a question to the daemon. Another client's `stop` can hold it for minutes, which is worth telling, not waiting for. */
const QUESTION_MS = 20_000;

export interface ExaminationOptions {
  /** The client. Default: looked up. */
  multipassPath?: string | undefined;
  /** Base URLs of image servers by remote, in place of the usual ones. */
  imageServers?: Readonly<Record<string, string>> | undefined;
  /** Shared by several runs: what it has seen of the network stays true. Default: a new one. */
  guard?: FetchGuard | undefined;
  /** Ends what is under way. */
  signal: AbortSignal;
}

/** A new run of the checks: nothing of an earlier one is believed. */
export function newExamination(
  machine: Machine,
  {
    multipassPath,
    imageServers: named,
    guard = new FetchGuard(machine, systemClock),
    signal,
  }: ExaminationOptions,
): Examination {
  let driver: Driver | undefined;
  let version: Promise<InstalledVersion> | undefined;
  let instances: Promise<ListedInstance[]> | undefined;
  const exam: Examination = {
    machine,
    daemonComputer: daemonComputerOf(machine),
    signal,
    guard,
    servers: imageServers(named, machine.env),
    driver() {
      driver ??= new Driver(findClient(multipassPath, machine));
      return driver;
    },
    version() {
      version ??= exam.driver().version({ signal });
      return version;
    },
    instances() {
      instances ??= exam.driver().list({ signal, timeoutMs: QUESTION_MS });
      return instances;
    },
  };
  return exam;
}
