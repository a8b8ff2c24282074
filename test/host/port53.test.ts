import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { MultipassError } from "../../provider/driver/errors.ts";
import { thisComputer } from "../../provider/host/computer.ts";
import { bridgeNetworks, contains, listenersOn } from "../../provider/host/listeners.ts";
import { port53 } from "../../provider/host/port53.ts";
import { examinationOf, fakeComputer } from "../support/fake-computer.ts";
import {
  ANYWHERE,
  ANYWHERE_6,
  DNSMASQ,
  host,
  LOOPBACK_6,
  MAPPED,
  ON_BRIDGE,
  RESOLVED,
  socket,
} from "../support/linux-sockets.ts";

const away = () =>
  Promise.reject(new MultipassError("away", { kind: "daemon-unreachable", transient: true }));
const look = async (computer: ReturnType<typeof host>) =>
  port53.probe({ ...examinationOf(computer), instances: away });

const DAEMON = { pid: 12, command: "/snap/multipass/1/bin/multipassd --verbosity debug" };

describe("what listens on a port", () => {
  it("is read from the kernel's tables, IPv4 and IPv6, UDP and TCP", () => {
    const computer = host({
      udp: RESOLVED + socket("00000000:14E9", "07"),
      udp6: ANYWHERE_6 + LOOPBACK_6 + MAPPED,
      tcp: socket("0107620A:0035", "0A") + socket("0107620A:0035", "01"),
    });
    assert.deepEqual(listenersOn(53, computer), [
      { protocol: "udp", address: "127.0.0.53" },
      { protocol: "udp", address: "0:0:0:0:0:0:0:0" },
      { protocol: "udp", address: "0:0:0:0:0:0:0:1" },
      { protocol: "udp", address: "10.98.7.1" },
      { protocol: "tcp", address: "10.98.7.1" },
    ]);
    assert.deepEqual(listenersOn(53, fakeComputer()), []);
  });

  it("is found on this very host", async function () {
    if (process.platform !== "linux") return this.skip();
    const listener = createSocket("udp4").bind(0, "127.0.0.1");
    await once(listener, "listening");
    try {
      assert.deepEqual(listenersOn(listener.address().port, thisComputer), [
        { protocol: "udp", address: "127.0.0.1" },
      ]);
    } finally {
      listener.close();
    }
  });

  it("is on a bridge if its address is in the bridge's network", () => {
    const [network, ...more] = bridgeNetworks(/^mpqemubr/, host({}));
    assert.ok(network && more.length === 0);
    assert.deepEqual(
      ["10.98.7.1", "10.98.7.255", "10.98.8.1", "192.0.2.1", "::1"].map((address) =>
        contains(network, address),
      ),
      [true, true, false, false, false],
    );
  });
});

describe("the check of port 53", () => {
  it("recognises the dnsmasq that an aborted daemon left behind, and names it", async () => {
    const found = await look(host({ udp: ON_BRIDGE }, { processes: () => [DNSMASQ] }));
    assert.deepEqual([found.status, found.kind], ["fail", "port-conflict"]);
    assert.match(found.hint ?? "", /sudo kill 4711/);
  });

  for (const [what, tables] of [
    ["IPv4", { udp: RESOLVED + ON_BRIDGE }],
    ["IPv6", { udp6: MAPPED }],
  ] as const) {
    it(`recognises a holder whose process cannot be seen (${what})`, async () => {
      const found = await look(host(tables));
      assert.deepEqual([found.status, found.kind], ["fail", "port-conflict"]);
      assert.match(found.detail, /udp 10\.98\.7\.1:53 on mpqemubr0 is held by another program/);
      assert.match(found.hint ?? "", /sudo ss -lpn 'sport = :53'/);
    });
  }

  it("warns of a program that listens everywhere, whether or not a daemon is starting", async () => {
    for (const processes of [[], [DAEMON]]) {
      const found = await look(host({ udp: ANYWHERE, udp6: ANYWHERE_6 }, { processes: () => processes }));
      assert.equal(found.status, "warn");
      assert.match(found.detail, /udp 0\.0\.0\.0:53, udp \[0:0:0:0:0:0:0:0\]:53/);
    }
  });

  it("ignores the dnsmasq of a starting daemon, and a resolver with its own address", async () => {
    const starting = host({ udp: ON_BRIDGE }, { processes: () => [DNSMASQ, DAEMON] });
    assert.equal((await look(starting)).status, "ok");
    assert.equal((await look(host({ udp: RESOLVED, udp6: LOOPBACK_6 }))).status, "ok");
    // LXD's own, on the bridge of the driver of that name.
    assert.equal((await look(host({ udp: socket("0109620A:0035", "07") }))).status, "ok");
    const foreign = [{ pid: 5, command: "dnsmasq --interface=virbr0" }];
    assert.equal((await look(host({}, { processes: () => foreign }))).status, "ok");
  });

  it("is skipped if the system cannot be checked or the daemon answers", async () => {
    assert.equal((await look(host({}, { processes: () => undefined }))).status, "skip");
    const answering = { ...examinationOf(host({ udp: ANYWHERE })), instances: async () => [] };
    assert.equal((await port53.probe(answering)).status, "skip");
  });
});
