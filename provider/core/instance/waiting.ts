import * as v from "valibot";
import { requireSecure } from "../../images/http.ts";
import { duration } from "../check.ts";
import { flag, positive, text } from "../common.ts";

/** Accepts only a URL that can be requested. Any other would be retried until the create's deadline. */
const url = v.pipe(
  text,
  v.check(
    (given) => /^https?:/i.test(given) && URL.canParse(given.replaceAll("{ip}", "127.0.0.1")),
    'is not an http:// or https:// URL: write it as "http://{ip}:8080/health"',
  ),
);

const kinds = {
  tcp: v.optional(
    v.strictObject({
      port: v.pipe(positive, v.maxValue(65535, "must be a port, 1 to 65535")),
      host: v.optional(text),
    }),
  ),
  http: v.optional(v.strictObject({ url, status: v.optional(positive) })),
  command: v.optional(v.pipe(v.array(v.string()), v.minLength(1, "is empty"))),
};
const KINDS = Object.keys(kinds)
  .join(", ")
  .replace(/, (?=\w+$)/, " and ");

const readinessCheck = v.pipe(
  v.strictObject({ ...kinds, timeout: v.optional(duration), interval: v.optional(duration) }),
  v.check(
    ({ timeout: _, interval: __, ...given }) =>
      Object.values(given).filter((one) => one !== undefined).length === 1,
    `must have exactly one of ${KINDS}`,
  ),
);
export type ReadinessCheckInput = v.InferOutput<typeof readinessCheck>;

/** The conditions for an instance to count as ready. */
export const readiness = v.strictObject({
  cloudInit: v.optional(
    v.picklist(["success", "finished", "skip"], 'must be "success", "finished" or "skip"'),
  ),
  degraded: v.optional(v.picklist(["accept", "fail"], 'must be "accept" or "fail"')),
  checks: v.optional(v.array(readinessCheck, "must be a list")),
});

const imageServer = v.pipe(
  text,
  v.check((url) => {
    try {
      requireSecure(url);
      return true;
    } catch {
      return false;
    }
  }, "must be an https:// URL (http:// to this host only)"),
);

/** The remedies to try while the daemon has no image list. */
export const remedies = v.strictObject({
  directImage: v.optional(flag),
  localImage: v.optional(flag),
  imageFolder: v.optional(text),
  forceUpdate: v.optional(flag),
  restartDaemon: v.optional(
    v.picklist(["never", "ifIdle", "always"], 'must be "never", "ifIdle" or "always"'),
  ),
  restartCommand: v.optional(v.pipe(v.array(text), v.minLength(1, "is empty"))),
  imageServers: v.optional(v.record(v.string(), imageServer)),
});
export type RemediesInput = v.InferOutput<typeof remedies>;

/** The back-off between tries while the host is not ready. */
export const retry = v.strictObject({
  initialDelay: v.optional(duration),
  factor: v.optional(v.pipe(v.number("must be a number"), v.minValue(1, "must be at least 1"))),
  maxDelay: v.optional(duration),
  jitter: v.optional(
    v.pipe(v.number("must be a number"), v.minValue(0, "must be 0 to 1"), v.maxValue(1, "must be 0 to 1")),
  ),
});
export type RetryInput = v.InferOutput<typeof retry>;
