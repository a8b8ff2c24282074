import assert from "node:assert/strict";
import { perform } from "../../provider/core/perform.ts";
import { classify } from "../../provider/driver/classify.ts";
import { MultipassError } from "../../provider/driver/errors.ts";
import { coreRun } from "../support/core-run.ts";

/** The message of an operation on a host that fails. */
function messageOf(host: string | undefined, error: Error): Promise<string> {
  const properties = {
    owner: "urn",
    ...(host === undefined ? { multipassPath: process.execPath } : { host }),
  };
  return perform(coreRun(), "read", properties, () => Promise.reject(error)).then(
    () => assert.fail("the operation has not failed"),
    (reason: Error) => reason.message,
  );
}

describe("the failure of an operation on another host", () => {
  const failed = new MultipassError('Unable to launch instance "dev"', { kind: "unknown", details: "no" });
  const client = { command: "list", host: "lab1", exitCode: 2, stdout: "", stderr: "the moon" };

  it("names the host, even one with the same name as the instance", async () => {
    assert.equal(await messageOf("lab1", failed), 'Unable to launch instance "dev" on lab1: no');
    assert.equal(await messageOf("dev", failed), 'Unable to launch instance "dev" on dev: no');
    assert.equal(await messageOf("lab1", failed.under("Unable")), "Unable on lab1: no");
  });

  it("names it once", async () => {
    assert.equal(await messageOf("lab1", classify(client)), '"multipass list" failed on lab1: the moon');
    const other = new MultipassError("Unable to reach lab1", { kind: "host-unreachable", host: "lab1" });
    assert.equal(await messageOf("lab1", other.under("Unable")), "Unable: Unable to reach lab1");
  });

  it("names it under a headline in place of the one that did", async () => {
    assert.equal(await messageOf("lab1", classify(client).under("Unable")), "Unable on lab1: the moon");
  });

  it("names none on this computer", async () => {
    assert.equal(await messageOf(undefined, failed), 'Unable to launch instance "dev": no');
  });
});

describe("a record that accompanies an operation", () => {
  const noting = (error: Error) => coreRun().noting({ host: "lab1" }, () => Promise.reject(error));

  it("is left out if Multipass or the disk fails, which the operation itself reports", async () => {
    assert.equal(await noting(new MultipassError("no", { kind: "unknown" })), undefined);
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), {
      code: "ENOSPC",
      syscall: "write",
    });
    assert.equal(await noting(full), undefined);
  });

  it("does not hide a mistake in the program", async () => {
    await assert.rejects(noting(new TypeError("x is not a function")), TypeError);
  });
});
