import type { ErrorKind } from "../driver/errors.ts";

/** Errors of the host, not of one instance: while they last no instance can be launched, so all wait together. */
export const HOST_ERRORS: readonly ErrorKind[] = [
  "daemon-unreachable",
  "daemon-initialising",
  "images-unreachable",
  "download-failed",
  "image-server-untrusted",
];

/** Errors that leave open what the daemon does: nobody waited for its answer. */
export const UNHEARD: readonly ErrorKind[] = ["cancelled", "deadline", "call-timeout"];
