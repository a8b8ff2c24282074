import { isMultipassError, MultipassError } from "../../multipass/errors.ts";
import type { Context } from "../context.ts";
import { HOST_ERRORS, type InstanceInputs } from "./model.ts";

/** Milliseconds that each question of the diagnosis may take: the user has waited long enough. */
const QUESTION_MS = 10_000;

/**
 * Says why a create was given up: which checks hold now, which do not, what was tried.
 *
 * @param error the deadline's error, whose cause is the last failure
 * @param reason why the host was not ready, if it was not: the last call may merely have been cut off by the deadline
 * @param remedies what was done besides trying, in words
 */
export async function diagnosed(
  ctx: Context,
  inputs: InstanceInputs,
  error: MultipassError,
  remedies: readonly string[],
  reason: Error | undefined,
): Promise<MultipassError> {
  const last = reason ?? error.cause;
  if (!isMultipassError(last, ...HOST_ERRORS)) return error;
  const { host } = ctx;
  const checks: [what: string, holds: boolean | string][] = [];
  const version = await host.driver.version({ timeoutMs: QUESTION_MS }).catch(() => undefined);
  checks.push([
    `the client works${version ? ` (Multipass ${version.client.text})` : ""}`,
    version !== undefined,
  ]);
  checks.push(["the daemon answers", version?.daemon !== undefined]);
  checks.push(["this host can read the image servers", await hostReach(ctx, inputs)]);
  if (version?.daemon) checks.push(["the daemon has an image list", last.kind !== "images-unreachable"]);
  const held = checks.filter(([, holds]) => holds === true).map(([what]) => what);
  const failed = checks.filter(([, holds]) => holds !== true);
  const details = [
    last.details ?? last.summary,
    `Holds: ${held.join("; ") || "nothing"}.`,
    `Does not hold: ${failed.map(([what, why]) => (why ? `${what} (${why})` : what)).join("; ") || "nothing that was looked at"}.`,
    `Tried besides waiting: ${remedies.join("; ") || "nothing"}.`,
  ].join("\n");
  return new MultipassError(error.summary, {
    kind: error.kind,
    details,
    remedy: adviceFor(last, failed, inputs),
    cause: error,
  });
}

async function hostReach(ctx: Context, inputs: InstanceInputs): Promise<true | string> {
  try {
    await ctx.host.catalogue(inputs.remedies?.imageServers).resolve(undefined);
    return true;
  } catch (error) {
    return isMultipassError(error) ? (error.details ?? error.summary) : String(error);
  }
}

function adviceFor(
  last: MultipassError,
  failed: readonly [string, unknown][],
  inputs: InstanceInputs,
): string {
  const offline = failed.some(([what]) => what.startsWith("this host"));
  if (last.kind === "daemon-unreachable" || last.kind === "daemon-initialising") {
    return `${last.remedy} If its log says "dnsmasq died", another program holds port 53, often a dnsmasq that an aborted daemon left behind: find it with \`sudo ss -lpn 'sport = :53'\`, end it, restart Multipass. Then run \`pulumi up\` again.`;
  }
  if (offline)
    return "Bring this host's network, name resolution and proxy settings in order (`HTTPS_PROXY` is honoured), then run `pulumi up` again.";
  const more = inputs.remedies?.localImage
    ? ""
    : ", or let this package download the image for it (`remedies: { localImage: true }`)";
  return `This host is online, so something keeps the daemon off it: a firewall, a VPN, or a proxy that only your session knows. Restart Multipass (Linux: \`sudo snap restart multipass\`)${more}. Then run \`pulumi up\` again.`;
}
