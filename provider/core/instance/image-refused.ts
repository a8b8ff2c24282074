/** Tells whether a failed download is the fault of the image or of the host. */
import { type ErrorKind, MultipassError } from "../../driver/errors.ts";
import { REFUSED } from "../../driver/failure-rules.ts";
import { statusOf } from "../../images/http.ts";

/** Failures of a single download. Another image, from another server, may not have them. */
export const DOWNLOAD_FAILURES: readonly ErrorKind[] = [
  "download-failed",
  "image-refused",
  "image-server-untrusted",
];

/** HTTP status codes that a retry does not change. */
const REFUSALS: readonly number[] = [401, 403, 404, 405, 410, 451];

/**
 * Asks the server itself why the daemon could not download from it. Over HTTP/2 the daemon's message ends in
 * "server replied:" and gives no reason.
 *
 * @returns an error with the reason if the server refuses this computer as well; otherwise the given error
 */
export async function refusedByServer(
  url: string,
  error: MultipassError,
  signal: AbortSignal,
): Promise<MultipassError> {
  const status = await statusOf(url, signal);
  if (status === undefined || !REFUSALS.includes(status)) return error;
  return new MultipassError(error.summary, {
    kind: "image-refused",
    transient: true,
    details: `${error.details}\nthe server answers this computer with status ${status}`,
    remedy: REFUSED,
    cause: error,
  });
}
