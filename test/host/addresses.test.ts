import assert from "node:assert/strict";
import type { networkInterfaces } from "node:os";
import { hostAddresses } from "../../provider/host/addresses.ts";
import { thisComputer } from "../../provider/host/computer.ts";
import { networkPicture } from "../../provider/host/watch.ts";

type Interfaces = ReturnType<typeof networkInterfaces>;
const interfacesOf = (interfaces: Record<string, string[]>) => () =>
  Object.fromEntries(
    Object.entries(interfaces).map(([name, all]) => [
      name,
      all.map((address) => ({ address, internal: name === "lo0" })),
    ]),
  ) as Interfaces;

/** What is up while the host itself is offline. */
const OFFLINE: Record<string, Record<string, string[]>> = {
  "on Linux": {
    lo: ["127.0.0.1"],
    mpqemubr0: ["10.97.0.1", "fe80::1"],
    virbr0: ["192.168.122.1"],
    docker0: ["172.17.0.1"],
    "br-0123456789ab": ["172.18.0.1"],
    veth12ab: ["fe80::2"],
    eth0: ["fe80::3"],
  },
  "on macOS": {
    lo0: ["127.0.0.1", "fe80::1"],
    bridge100: ["192.168.64.1", "fe80::4"],
    vmenet0: ["fe80::5"],
    utun0: ["fe80::6"],
    awdl0: ["fe80::7"],
    en0: ["169.254.10.1"],
  },
  "on Windows": {
    "vEthernet (Default Switch)": ["172.20.0.1", "fe80::8"],
    "vEthernet (WSL (Hyper-V firewall))": ["172.21.0.1"],
    Ethernet: ["169.254.1.1"],
  },
};

/** What carries the host's own address: a bridge that somebody, or Multipass itself, has put around the wire. */
const ONLINE = [
  "eth0",
  "wlan0",
  "en0",
  "br-eth0",
  "br-lan",
  "br0",
  "bridge0",
  "Ethernet",
  "Local Area Connection",
  "vEthernet (External)",
];

describe("the addresses of a host", () => {
  for (const [where, interfaces] of Object.entries(OFFLINE)) {
    it(`are empty while it is offline ${where}, whatever its virtual machines have`, () => {
      assert.deepEqual(hostAddresses(interfacesOf(interfaces)), []);
      assert.equal(
        networkPicture(interfacesOf(interfaces), []),
        networkPicture(() => ({}), []),
      );
    });
  }

  for (const name of ONLINE) {
    it(`are what ${name} has`, () => {
      assert.deepEqual(hostAddresses(interfacesOf({ [name]: ["192.0.2.7", "fe80::9"] })), [
        `${name} 192.0.2.7`,
      ]);
    });
  }

  it("are the same for every check and for the watch", () => {
    assert.deepEqual(thisComputer.addresses(), hostAddresses());
  });
});
