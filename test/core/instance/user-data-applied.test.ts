import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { InstanceInputs } from "../../../provider/core/instance/model.ts";
import { createInstance } from "../../support/operations.ts";
import { openSimulatedHost, ownerOf, type SimulatedHost } from "../../support/simulated-host.ts";

const DROPPED = "Failed at merging in cloud config part from part-001: empty cloud config";

/** An instance whose cloud-init reports only recoverable errors. */
const RECOVERED = {
  cloudInit: "degraded" as const,
  cloudInitRecoverableErrors: { WARNING: ["Failed loading yaml blob", DROPPED] },
};

describe("the user-data of an instance", () => {
  let subject: SimulatedHost;
  let close: () => Promise<void>;
  before(async () => {
    const faults = { guests: { "lost*": RECOVERED, "cut-off": { cloudInit: "error" as const } } };
    ({ subject, close } = await openSimulatedHost({ faults }));
  });
  after(() => close());

  const inputsOf = (name: string, more: Partial<InstanceInputs>): InstanceInputs => ({
    name,
    owner: ownerOf(name),
    timeouts: { create: "20m" },
    ...more,
  });
  const failureOf = (inputs: InstanceInputs) =>
    createInstance(subject.context(), inputs).then(
      () => "",
      (error: Error) => error.message,
    );

  it("that cloud-init could not read makes the create fail, but only if there is any to lose", async () => {
    const cloudInit = "runcmd: [ls]\n";
    const failure = await failureOf(inputsOf("lost", { cloudInit }));
    assert.match(failure, /cloud-init failed[\s\S]*applied none of it[\s\S]*empty cloud config/);
    assert.equal(await failureOf(inputsOf("lost-none", {})), "");
    assert.equal(await failureOf(inputsOf("lost-nothing", { cloudInit: "#cloud-config\n" })), "");
    const finished = { cloudInit, readiness: { cloudInit: "finished" as const } };
    assert.equal(await failureOf(inputsOf("lost-accepted", finished)), "");
    assert.ok(subject.said.some((line) => line.includes("applied none of it")));
  });

  it("can be reformatted between an interrupted create and the one that continues", async () => {
    const { journal } = subject;
    const inputs = inputsOf("cut-off", { cloudInit: "packages: [git]\n" });
    assert.match(await failureOf(inputs), /cloud-init failed/);
    const resume = (cloudInit: string) => failureOf({ ...inputs, cloudInit });
    assert.match(await resume("# mine\npackages:\n- git\n"), /cloud-init failed/);
    assert.match(await resume("packages: [curl]\n"), /an interrupted create of this resource left/);
    // The format that version 0.1.0 recorded.
    const entry = await journal.read("cut-off");
    assert.ok(entry);
    const hashed = JSON.stringify([null, "#cloud-config\npassword: off\n", null, null, null]);
    const fingerprint = createHash("sha256").update(hashed).digest("hex");
    for (const cloudInit of ["#cloud-config\npassword: off\n", '#cloud-config\npassword: !!str "off"\n']) {
      await journal.write({ ...entry, fingerprint });
      assert.match(await resume(cloudInit), /cloud-init failed/, cloudInit);
    }
    assert.equal(await subject.count("launch"), 5);
  });
});
