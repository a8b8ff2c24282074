import assert from "node:assert/strict";
import { hostChange } from "../../provider/core/host.ts";
import { sshAccess } from "../../provider/core/ssh-access.ts";

describe("a host", () => {
  it("is reached directly if it is this computer, and otherwise by the name that ssh knows", () => {
    assert.deepEqual(sshAccess("10.97.0.2", undefined), { user: "ubuntu", address: "10.97.0.2" });
    for (const host of ["me@lab2", { ssh: "me@lab2", multipassPath: "/snap/bin/multipass", sameAs: "lab" }]) {
      assert.deepEqual(sshAccess("", host), { user: "ubuntu", address: "", proxyJump: "me@lab2" });
    }
  });

  it("stays the same under another name that the program declares, and with another client", () => {
    assert.equal(hostChange("lab2", "lab2"), undefined);
    assert.equal(hostChange({ ssh: "lab2", multipassPath: "/opt/multipass" }, "lab2"), "record");
    assert.equal(hostChange({ ssh: "me@lab2.local", sameAs: "lab2" }, "lab2"), "record");
    assert.equal(hostChange("me@lab2.local", "lab2"), "replace");
    assert.equal(hostChange(undefined, "lab2"), "replace");
  });
});
