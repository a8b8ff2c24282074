import type { ErrorKind } from "../../driver/errors.ts";
import type { Result } from "../../host/check.ts";
import type { Computer } from "../../host/computer.ts";
import { EXIT } from "../exit-codes.ts";
import { type BootRace, listCouldBeHad, recognise } from "./boot-race.ts";

export interface Verdict {
  /** Whether `multipass launch` would work now, by alias. */
  ready: boolean;
  /** Whether `pulumi up` would work, which can launch by URL if the daemon has no image list. */
  readyByUrl: boolean;
  /** Whether every failure resolves by itself. */
  transient: boolean;
  bootRace: BootRace | undefined;
}

/** If the daemon has the images, failures of this process's own network are only advice. */
const HOST_NETWORK = ["network", "names", "image-index"];

/** Failures of the image list that a launch by URL avoids. */
const WITHOUT_LIST: readonly (ErrorKind | undefined)[] = [
  "download-failed",
  "image-server-untrusted",
  "images-unreachable",
];

export function judge(results: readonly Result[], computer: Computer): Verdict {
  const listIsGood = results.some(({ id, status }) => id === "image-list" && status === "ok");
  const failures = results.filter(
    ({ id, status }) => status === "fail" && !(listIsGood && HOST_NETWORK.includes(id)),
  );
  return {
    ready: failures.length === 0,
    readyByUrl: failures.every(
      ({ id, kind }) => id === "image-list" && WITHOUT_LIST.includes(kind) && listCouldBeHad(results),
    ),
    transient: failures.every(({ transient }) => transient === true),
    bootRace: recognise(results, computer),
  };
}

/** @param byUrl whether a launch by URL is enough */
export function exitCodeOf(verdict: Verdict, byUrl: boolean): number {
  if (verdict.ready || (byUrl && verdict.readyByUrl)) return EXIT.ok;
  return verdict.transient ? EXIT.notReady : EXIT.failed;
}
