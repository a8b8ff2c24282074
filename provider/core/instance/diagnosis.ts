import { HOST_ERRORS, isMultipassError, MultipassError } from "../../driver/errors.ts";
import { examine, type Result } from "../../host/check.ts";
import { newExamination } from "../../host/examination.ts";
import { CHECKS } from "../../host/table.ts";
import type { Operation } from "../operation/operation.ts";
import type { InstanceInputs } from "./model.ts";
import type { RemediesInput } from "./waiting.ts";

/** Milliseconds that the diagnosis may take: the user has waited long enough. */
const LIMIT_MS = 15_000;

const GOES_ON =
  "Run `pulumi up` again: it continues where this run stopped, even with a launch that is under way. `timeouts.create` allows more time.";

/** The parts of an operation that the diagnosis needs. */
type Looker = Pick<Operation, "multipass" | "signal">;

/**
 * Explains why a create was given up: which checks pass now, which fail, and what was tried.
 *
 * @param error the deadline's error, whose cause is the last failure
 * @param remedies the remedies that were tried, in words
 * @param reason why the host was not ready, if known; the deadline may merely have cut the last call off
 */
export async function diagnosed(
  op: Looker,
  inputs: InstanceInputs,
  error: MultipassError,
  remedies: readonly string[],
  reason: Error | undefined,
): Promise<MultipassError> {
  const last = reason ?? error.cause;
  if (!isMultipassError(last, ...HOST_ERRORS))
    return error.remedy
      ? error
      : new MultipassError(error.summary, { ...error, remedy: GOES_ON, cause: error });
  const results = await lookAt(op, inputs.remedies);
  const failures = results.filter(({ status }) => status === "fail");
  const warnings = results.filter(({ status }) => status === "warn");
  const held = results.filter(({ id, status }) => status === "ok" && id !== "client");
  const details = [
    last.details ?? last.summary,
    `OK: ${held.map(holding).join("; ") || "nothing"}.`,
    `Failing: ${failures.map(({ claim, detail }) => `${claim} (${detail})`).join("; ") || "none"}.`,
    ...warnings.map(({ title, detail }) => `Note on ${title.toLowerCase()}: ${detail}.`),
    `Tried besides waiting: ${remedies.join("; ") || "nothing"}.`,
  ].join("\n");
  return new MultipassError(error.summary, {
    kind: error.kind,
    details,
    remedy: `${adviceFor(last, results, inputs)} Then run \`pulumi up\` again.`,
    cause: error,
  });
}

function holding({ id, claim, detail }: Result): string {
  return id === "version" ? `${claim} (Multipass ${/[\d][^\s,]*/.exec(detail)?.[0]})` : claim;
}

/** Creates that wait behind one another are given up together, so they share one look. */
function lookAt(op: Looker, { imageServers }: RemediesInput = {}): Promise<Result[]> {
  const { examinations } = op.multipass;
  const key = JSON.stringify(imageServers);
  const look = examinations.get(key) ?? examineHost(op, imageServers).finally(() => examinations.delete(key));
  examinations.set(key, look);
  return look;
}

async function examineHost(
  { multipass, signal }: Looker,
  imageServers: RemediesInput["imageServers"],
): Promise<Result[]> {
  const exam = newExamination(multipass.computer, {
    multipassPath: multipass.driver.client,
    ...(multipass.driver.host && { driver: multipass.driver }),
    imageServers,
    signal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]),
  });
  const results: Result[] = [];
  const checks = CHECKS.filter(({ explainsCreate }) => explainsCreate);
  for await (const result of examine(checks, exam)) {
    // The limit above cut this check off, so we only know that no answer came.
    const isCutOff = result.kind === "cancelled" && !signal.aborted;
    results.push(isCutOff ? { ...result, detail: `no answer in ${LIMIT_MS / 1000} s` } : result);
  }
  return results;
}

/** The advice for the first check that fails. Later ones may fail only because of it. */
function adviceFor(last: MultipassError, results: readonly Result[], inputs: InstanceInputs): string {
  const failure = (...ids: string[]) =>
    results.find(({ id, status }) => ids.includes(id) && status === "fail");
  const port53 = results.find(({ id }) => id === "port-53");
  const decisive = failure("client", "version", "authorised", "port-53");
  if (decisive?.hint) return decisive.hint;
  if (failure("daemon") || last.kind === "daemon-unreachable" || last.kind === "daemon-initialising") {
    if (port53?.status === "warn" && port53.hint) return `${last.remedy} ${port53.hint}`;
    // Port 53 could be checked on this computer, and is not the cause.
    if (port53?.status === "ok") return `${last.remedy} Its log says why it does not start.`;
    return `${last.remedy} If its log says "dnsmasq died", another program holds port 53, often a dnsmasq that an aborted daemon left behind: find it with \`sudo ss -lpn 'sport = :53'\`, end it, and restart Multipass.`;
  }
  if (failure("network", "image-index"))
    return "Check this host's network, name resolution and proxy settings (`HTTPS_PROXY` is honoured).";
  if (last.kind === "image-server-untrusted") return last.remedy as string;
  const more = inputs.remedies?.localImage
    ? ""
    : ", or let this package download the image for it (`remedies: { localImage: true }`)";
  return `This host is online, so something blocks only the daemon: a firewall, a VPN, a proxy that is set only in your session, or a certificate authority that only your user trusts. Restart Multipass (Linux: \`sudo snap restart multipass\`)${more}.`;
}
