import { hostAddress, hostAddressFirst } from "../../driver/addresses.ts";
import { automaticName, type CheckResult, validate } from "../check.ts";
import { instanceNamed } from "../claims.ts";
import { isIn } from "../common.ts";
import { type Costs, difference, type Properties } from "../description.ts";
import { deleteInstance } from "../instance/delete.ts";
import { applySizes } from "../instance/modify.ts";
import { deletionOutcome, instanceOutcome } from "../instance/outputs.ts";
import { refusedByThisVersion } from "../instance/preflight.ts";
import { sizesInEffect } from "../instance/read.ts";
import { asFailures, refusalsOf } from "../instance/refusals.ts";
import { findInstance, gone } from "../instances.ts";
import { keepingName, noteKnown, recalled } from "../ledger/kept-names.ts";
import type { Operation } from "../operation/operation.ts";
import { timeoutOf } from "../operation/timing.ts";
import { DescribedResource } from "../resource.ts";
import { putBackIfLeft, sayOwed, settleOwed } from "../stopped.ts";
import { isUnknown } from "../unknown.ts";
import { createClone, ensureCloned, finish } from "./create.ts";
import { CLONE, type CloneInputs, type CloneState } from "./model.ts";

/** The only size of a copy that a version can refuse: the disk is never smaller than the source's. */
const memoryOf = ({ memory }: Partial<CloneInputs>) => ({ memory });

export const clone = new DescribedResource<CloneInputs, CloneState>({
  id: ({ name }) => name,
  manages: instanceNamed,
  seen: {
    async check(multipass, { name, ...olds }) {
      if (name !== undefined) await noteKnown(multipass, name, olds);
    },
  },
  async check(olds, news, run) {
    const known = (news["name"] ?? olds.name) === undefined ? await recalled(run, news) : olds;
    const { inputs, failures } = checkClone(known, news);
    const kept = olds.name === inputs.name && olds.source === inputs.source ? memoryOf(olds) : {};
    const ask = () => run.version(inputs);
    return { inputs, failures: await refusedByThisVersion(ask, kept, memoryOf(inputs), failures) };
  },
  diff: diffClone,
  create: (op, inputs) => keepingName(op, inputs, () => createClone(op, inputs)),
  read: readClone,
  update: updateClone,
  // A copy in Pulumi's state was seen, even if it is not ready.
  delete: (op, state) => deleteInstance(op, state.name, { ...state, ready: true }),
  import: "Multipass does not tell what it was copied from: import it as an Instance.",
  outcome: instanceOutcome,
  deletion: deletionOutcome,
  restorable: {
    in: ({ name }) => name,
    withoutUndone: (olds) => ({ ...olds, ready: false }),
    putBack: { while: "stopped", run: (op, { source: _, ...own }) => applySizes(op, own) },
  },
});

export function checkClone(
  olds: Partial<Pick<CloneInputs, "name" | "source" | "disk" | "deletionPolicy">>,
  args: Properties,
): CheckResult<CloneInputs> {
  const { inputs: given, failures } = validate(CLONE, args);
  const name = given.name ?? olds.name ?? automaticName(given.logicalName ?? "clone", given.nameSeed);
  const inputs = { ...given, name };
  if (!isUnknown(name) && name === inputs.source) {
    failures.push({
      property: "name",
      reason: "is the name of the source: choose another name for the copy",
    });
  }
  const isReplaced = olds.source !== undefined && !isUnknown(inputs.source) && olds.source !== inputs.source;
  const changes: Costs = { disk: "restart", ...(isReplaced && { source: "replace" }) };
  const refused =
    olds.name === name ? refusalsOf({ changes, has: olds, asked: { name, disk: inputs.disk } }) : [];
  return { inputs, failures: [...failures, ...asFailures(refused)] };
}

function diffClone(olds: CloneState, news: CloneInputs): Costs {
  const costs = difference(olds, news, CLONE);
  const powerState = news.powerState ?? "running";
  if (!isUnknown(powerState) && !isIn(powerState, olds.state)) costs["state"] = "update";
  if (olds.owed) costs["ready"] = "update";
  return costs;
}

async function updateClone(given: Operation, olds: CloneState, news: CloneInputs): Promise<CloneState> {
  const op = olds.ready ? given : given.lasting(timeoutOf("create", news));
  const headline = `Unable to change instance "${news.name}"`;
  await op.multipass.ledger.passOn(news.name, olds.owner, news.owner);
  const instance = await op.under(headline, () => findInstance(op, news.name));
  if (!instance && !olds.ready) {
    // The create was abandoned while it was unknown whether the copy would appear.
    const owed = await op.under(headline, () => ensureCloned(op, news));
    return finish(op, news, owed, true);
  }
  if (!instance) throw gone(headline);
  await op.multipass.ledger.acknowledge(news.name, news.owner);
  const { owed } = olds;
  if (owed) await op.under(headline, () => settleOwed(op, olds.source, owed));
  // An interrupted create may have left its source stopped, without recording that in the state.
  const left = olds.ready ? {} : await op.under(headline, () => putBackIfLeft(op, olds.source));
  return finish(op, news, sayOwed(op, olds.source, left), true);
}

/** @returns undefined if the daemon answers that it is gone */
async function readClone(op: Operation, state: CloneState): Promise<CloneState | undefined> {
  const { name } = state;
  return op.under(`Unable to read instance "${name}"`, async () => {
    const listed = await findInstance(op, name);
    const { ledger } = op.multipass;
    const standing = await ledger.standingOf(name, state);
    if (standing === "foreign") return undefined;
    if (!listed) {
      if (standing !== "unrecorded") await ledger.forget(name);
      return undefined;
    }
    await ledger.acknowledge(name, state.owner);
    const info = await op.patiently((options) => op.multipass.roster.info(name, options));
    const seen = { ...state, ...(await sizesInEffect(op, name, state)), state: listed.state };
    // An instance that is stopped, or does not answer now, has no address. That is not a change.
    const ipv4 = hostAddressFirst(info?.ipv4 ?? []);
    const ipAddress = hostAddress(ipv4);
    return ipAddress === undefined ? seen : { ...seen, ipAddress, ipv4 };
  });
}
