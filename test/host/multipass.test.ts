import assert from "node:assert/strict";
import { examine } from "../../provider/host/check.ts";
import { CHECKS } from "../../provider/host/table.ts";
import { type FaultPlan, startSimulator } from "../../simulator/src/index.ts";
import { examinationOf, fakeComputer } from "../support/fake-computer.ts";

/** Every result of the checks on a simulated host, by the id of its check. */
async function examined(
  faults: FaultPlan,
  version = "1.17.0",
  changes: Parameters<typeof fakeComputer>[0] = {},
) {
  await using sim = await startSimulator({ version, faults });
  const rows: Record<string, { status: string; detail: string; hint?: string | undefined }> = {};
  for await (const { id, status, detail, hint } of examine(
    CHECKS,
    examinationOf(fakeComputer(changes), sim.bin),
  ))
    rows[id] = { status, detail, hint };
  return rows;
}

describe("the checks of Multipass", () => {
  it("pass on a healthy host", async () => {
    const rows = await examined({});
    assert.deepEqual(
      Object.entries(rows).filter(([, { status }]) => ["warn", "fail"].includes(status)),
      [],
    );
    assert.match(rows["image-list"]?.detail ?? "", /^\d+ images$/);
    assert.equal(rows["hypervisor"]?.detail, "qemu, /dev/kvm");
  });

  it("say what the hypervisor lacks, if the driver can be checked", async () => {
    const slow = await examined({}, "1.17.0", { exists: (path) => path !== "/dev/kvm" });
    assert.equal(slow["hypervisor"]?.detail, "qemu, without /dev/kvm (slow)");
    const closed = await examined({}, "1.17.0", { isUsable: () => false });
    assert.match(closed["hypervisor"]?.detail ?? "", /not accessible to this user/);
    const text = "The networks feature is not implemented on this backend.";
    const silent = await examined({ commands: [{ command: "networks", text, times: 9 }] });
    assert.equal(silent["hypervisor"]?.status, "ok");
    assert.match(silent["hypervisor"]?.detail ?? "", /cannot be checked/);
  });

  it("report a missing image list, and why", async () => {
    const text = "failed to download from 'https://x': no";
    const failing = await examined({ commands: [{ command: "find", text, times: 9 }] });
    assert.equal(failing["image-list"]?.status, "fail");
    assert.match(failing["image-list"]?.hint ?? "", /tries again by itself/);
  });

  it("name the known problems of a version", async () => {
    const old = await examined({}, "1.13.0");
    assert.match(old["version"]?.detail ?? "", /canonical\/multipass#\d+/);
  });
});
