import { findClient } from "../driver/binary.ts";
import { systemClock } from "../driver/clock.ts";
import { Driver } from "../driver/driver.ts";
import { imageServers } from "../images/catalogue.ts";
import { FetchGuard } from "../images/fetch-guard.ts";
import { type Computer, daemonComputerOf } from "./computer.ts";

/** Milliseconds for a question. Another client's `stop` can hold the daemon for minutes. */
const QUESTION_MS = 20_000;

export interface ExaminationOptions {
  /** Path of the client. Default: looked up. */
  multipassPath?: string | undefined;
  /** The client. Default: the one at `multipassPath`. */
  driver?: Driver | undefined;
  /** Base URLs of image servers by remote, instead of the usual ones. */
  imageServers?: Readonly<Record<string, string>> | undefined;
  /** Shared by several runs to keep what it has learned about the network. Default: a new one. */
  guard?: FetchGuard | undefined;
  signal: AbortSignal;
}

/** What all checks of one run share, so that each question is asked once. Reuses nothing from earlier runs. */
export function newExamination(
  computer: Computer,
  {
    multipassPath,
    driver: given,
    imageServers: named,
    guard = new FetchGuard(computer, systemClock),
    signal,
  }: ExaminationOptions,
) {
  /** @throws MultipassError of kind `client-missing` */
  const driver = once(() => given ?? new Driver(findClient(multipassPath, computer)));
  return {
    computer,
    /** The remote computer that runs the daemon; undefined if it runs on this one. */
    daemonComputer: daemonComputerOf(computer),
    signal,
    /** Checks the network before the daemon is asked for its images. */
    guard,
    /** Base URLs of the image servers by remote. */
    servers: imageServers(named, computer.env),
    driver,
    version: once(() => driver().version({ signal })),
    instances: once(() => driver().list({ signal, timeoutMs: QUESTION_MS })),
  };
}

function once<T>(ask: () => T): () => T {
  let answer: T | undefined;
  return () => (answer ??= ask());
}
