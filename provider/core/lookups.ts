import * as v from "valibot";
import { systemClock } from "../driver/clock.ts";
import type { CallOptions } from "../driver/driver.ts";
import { HOST_ERRORS, isMultipassError, MultipassError } from "../driver/errors.ts";
import type { InstanceInfo } from "../driver/schema.ts";
import { guestPath } from "./check.ts";
import type { Multipass } from "./context.ts";
import { type FileLookup, type RunLookup, readGuestFile, runForOutput } from "./guest-lookups.ts";
import { type HostInput, host } from "./host.ts";
import { findSafely } from "./instance/daemon-list.ts";
import { factsOf } from "./instances.ts";
import { DEFAULT_BACKOFF } from "./operation/backoff.ts";
import { Deadline, parseDuration } from "./operation/deadline.ts";
import { Operation } from "./operation/operation.ts";
import { redactedError, redaction } from "./redact.ts";
import { unknownArgument } from "./unknown-arguments.ts";

const DEFAULT_TIMEOUT = "5m";

/** An operation within the time of a lookup. */
async function inOperation<T>(
  multipass: Multipass,
  what: string,
  timeout: string | undefined,
  work: (op: Operation) => Promise<T>,
): Promise<T> {
  const ms = parseDuration(timeout ?? DEFAULT_TIMEOUT);
  if (ms === undefined) {
    throw new MultipassError(`Unable to look up ${what}`, {
      kind: "invalid-argument",
      details: `timeout "${timeout}" is not a duration`,
      remedy: 'Write it as "90s", "10m" or "1h30m".',
    });
  }
  const over = new AbortController();
  // A lookup has no row in the display, so it says nothing.
  const log = { status: () => undefined, info: () => undefined, warn: () => undefined };
  const surroundings = { multipass, clock: systemClock, random: Math.random, signal: over.signal, log };
  const op = new Operation(surroundings, new Deadline(systemClock, ms));
  return op.under(`Unable to look up ${what}`, () => work(op)).finally(() => over.abort());
}

/**
 * Retries while the daemon is still starting, as every other operation does.
 *
 * @param question may share its answer with callers that have more time, so its own limits are not enough
 */
export function ask<T>(
  multipass: Multipass,
  what: string,
  timeout: string | undefined,
  question: (options: CallOptions) => Promise<T>,
): Promise<T> {
  const retryable = (error: MultipassError) =>
    isMultipassError(error, ...HOST_ERRORS, "call-timeout", "bad-output");
  return inOperation(multipass, what, timeout, (op) => {
    // The question may be waiting until it is safe to ask.
    const attempt = () => op.within("an answer", question(op.rest));
    return op.retry(attempt, { backoff: DEFAULT_BACKOFF, retryable });
  });
}

export type { FileLookup, RunLookup };

/** An instance as lookups show it. */
export interface InstanceLookup {
  /** Name in Multipass. */
  name: string;
  /** Multipass's own term, such as `Running`. */
  state: string;
  /** Empty unless it is running. */
  ipAddress: string;
  /** Every IPv4 address of the guest; `ipAddress` first. */
  ipv4: string[];
  /** The release that the guest reports; empty unless it is running. */
  release: string;
  /** Release of the image, such as `24.04 LTS`; empty for an image by URL. */
  imageRelease: string;
  /** Hash of the image; for an image by URL, hash of the URL. */
  imageHash: string;
  /** Number of snapshots. */
  snapshotCount: number;
  /** Folders of the host, and where they are mounted in the guest. */
  mounts: {
    /** Absolute path on the host. */
    source: string;
    /** Absolute path in the guest. */
    target: string;
  }[];
}

/** Refuses misspelt arguments, which no compiler catches in a plain JavaScript program. */
export function refuseUnknown(args: object, known: readonly string[]): void {
  const [problem] = Object.keys(args)
    .filter((key) => !known.includes(key))
    .map((key) => unknownArgument("", key, known));
  if (problem) throw invalid(`${problem.property} ${problem.reason}`);
}

/** @throws MultipassError of kind `invalid-argument` */
export function checkedHost(given: unknown): HostInput | undefined {
  const { success, output, issues } = v.safeParse(v.optional(host), given);
  if (success) return output;
  throw invalid(`host ${issues[0].message}`);
}

/** One instance, which must exist. */
export async function lookUpInstance(
  multipass: Multipass,
  name: string,
  options: CallOptions = {},
): Promise<InstanceLookup> {
  required("name", name);
  const info = (await multipass.roster.find(name, options)) && (await multipass.roster.info(name, options));
  if (info) return lookupOf(name, info);
  throw new MultipassError(`There is no instance "${name}"`, {
    kind: "instance-missing",
    remedy: "`multipass list` shows the existing instances.",
  });
}

/** Every instance of the host, including deleted ones, sorted by name. */
export async function lookUpInstances(
  multipass: Multipass,
  options: CallOptions = {},
): Promise<InstanceLookup[]> {
  const names = (await multipass.roster.list(options)).map(({ name }) => name).sort();
  const found = await Promise.all(
    names.map(async (name) => ({ name, info: await multipass.roster.info(name, options) })),
  );
  return found.flatMap(({ name, info }) => (info ? [lookupOf(name, info)] : []));
}

function lookupOf(name: string, info: InstanceInfo): InstanceLookup {
  return {
    name,
    ...factsOf(info),
    mounts: Object.entries(info.mounts).map(([target, mount]) => ({ source: mount.source_path, target })),
  };
}

interface Lookup {
  /** Its own arguments. */
  takes: readonly string[];
  answer(
    multipass: Multipass,
    args: {
      timeout?: string;
      name?: string;
      query?: string;
      showUnsupported?: boolean;
      instance?: string;
      path?: string;
      secrets?: readonly string[];
    },
  ): Promise<object>;
}

export const LOOKUPS = {
  getInstance: {
    takes: ["name"],
    answer: (multipass, { name = "", timeout }) =>
      ask(multipass, `instance "${name}"`, timeout, (options) => lookUpInstance(multipass, name, options)),
  },
  getInstances: {
    takes: [],
    answer: (multipass, { timeout }) =>
      ask(multipass, "the instances", timeout, (options) => lookUpInstances(multipass, options)),
  },
  getImages: {
    takes: ["query", "showUnsupported"],
    async answer(multipass, { query, showUnsupported = false, timeout }) {
      const asked = { showUnsupported, ...(query !== undefined && { query }) };
      const images = await ask(multipass, "the images", timeout, (options) =>
        findSafely(multipass, multipass.catalogue(), { ...options, ...asked }),
      );
      return Object.entries(images).map(([name, { os, release, version, aliases, remote }]) => {
        return { name, os, release, version, aliases, remote };
      });
    },
  },
  getNetworks: {
    takes: [],
    async answer(multipass, { timeout }) {
      const networks = await ask(multipass, "the networks", timeout, (options) =>
        multipass.driver.networks(options),
      );
      return networks.map(({ name, type, description }) => ({ name, type, description }));
    },
  },
  getVersion: {
    takes: [],
    async answer(multipass, { timeout }) {
      const { client, daemon } = await ask(multipass, "the version", timeout, (options) =>
        multipass.driver.version(options),
      );
      return { client: client.text, daemon: daemon?.text };
    },
  },
  readFile: {
    takes: ["instance", "path"],
    answer: (multipass, { instance, path, timeout }) => {
      const [named, place] = [required("instance", instance), required("path", path)];
      return inOperation(multipass, `${place} in instance "${named}"`, timeout, (op) =>
        readGuestFile(op, named, guestPath(place)),
      );
    },
  },
  runOutput: {
    takes: ["instance", "command", "shell", "interpreter", "environment", "stdin", "workingDirectory"],
    answer: (multipass, { timeout, ...args }) => {
      const named = required("instance", args.instance);
      return inOperation(multipass, `the output of a command in instance "${named}"`, timeout, (op) =>
        runForOutput(op, args),
      );
    },
  },
} satisfies Record<string, Lookup>;

function required(name: string, value: unknown): string {
  if (typeof value === "string" && value !== "") return value;
  throw invalid(`${name} is required`);
}

function invalid(details: string): MultipassError {
  return new MultipassError("A lookup has an invalid argument", { kind: "invalid-argument", details });
}

export type LookupName = keyof typeof LOOKUPS;
type Answer<N extends LookupName> = Awaited<ReturnType<(typeof LOOKUPS)[N]["answer"]>>;

/**
 * @param secrets the names of the arguments that the program has marked as secrets
 * @throws MultipassError if an argument is not one, or if there is no answer in time
 */
export async function lookUp<N extends LookupName>(
  name: N,
  args: object,
  multipass: () => Multipass,
  secrets: readonly string[] = [],
): Promise<Answer<N>> {
  const { takes, answer }: Lookup = LOOKUPS[name];
  refuseUnknown(args, ["timeout", "multipassPath", "host", ...takes]);
  try {
    return (await answer(multipass(), { ...args, secrets })) as Answer<N>;
  } catch (error) {
    throw redactedError(error, redaction({ ...args, secrets }));
  }
}
