import assert from "node:assert/strict";
import { hostChange } from "../../provider/core/host.ts";
import { beginWithNothing, multipassOf } from "../../provider/core/multipass.ts";
import { sshAccess } from "../../provider/core/ssh-access.ts";
import { changes, noteChange } from "../../provider/driver/run.ts";

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

describe("several names of one host in one program", () => {
  const at = (host: Parameters<typeof multipassOf>[2]) => multipassOf(undefined, undefined, host);
  afterEach(beginWithNothing);

  const OTHERS = [
    { ssh: "me@lab2.local", sameAs: "lab2" },
    { ssh: "lab2", multipassPath: "/opt/multipass" },
    { ssh: "ssh://me@lab2:2222", sameAs: "lab2", multipassPath: "/opt/multipass" },
  ];

  it("share its launches and locks, and what the run knows of its instances", () => {
    const first = at("lab2");
    for (const host of OTHERS) {
      const other = at(host);
      assert.equal(other.driver.host?.destination, host.ssh);
      for (const part of ["launches", "locks", "gates", "creating", "holdings"] as const)
        assert.equal(other[part], first[part], `${part} of ${host.ssh}`);
      assert.equal(other.ledger.folder, first.ledger.folder);
    }
    assert.notEqual(at("lab3").locks, first.locks);
    assert.notEqual(at({ ssh: "me@lab2.local" }).locks, first.locks);
  });

  it("make an earlier answer out of date for each other", () => {
    const [one, other] = [at("lab2"), at(OTHERS[0])].map(({ driver }) => driver.host);
    const before = changes(undefined, other);
    noteChange("launch", one);
    assert.equal(changes(undefined, other), before + 1);
  });
});
