import type { ErrorKind } from "../driver/errors.ts";

/**
 * Errors of the host rather than of one instance. While they last, no instance can be launched, so all
 * creates wait together.
 */
export const HOST_ERRORS: readonly ErrorKind[] = [
  "host-unreachable",
  "daemon-unreachable",
  "daemon-initialising",
  "images-unreachable",
  "download-failed",
  "image-server-untrusted",
];

/** Errors after which the outcome is unknown: nobody waited for the daemon's answer. */
export const UNHEARD: readonly ErrorKind[] = ["cancelled", "deadline", "call-timeout"];
