import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { type networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { daemonBack, networkChange, networkPicture } from "../../provider/host/watch.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

type Interfaces = ReturnType<typeof networkInterfaces>;
const address = (ip: string, internal = false) => [{ address: ip, internal }] as Interfaces[string];
const never = new AbortController().signal;

describe("the snapshot of the host's network", () => {
  const picture = (interfaces: Interfaces, files: string[] = []) => networkPicture(() => interfaces, files);

  it("changes with an address, but not with the order of addresses", () => {
    const [a, b] = [address("10.0.0.2"), address("10.0.1.2")];
    assert.notEqual(picture({ eth0: a }), picture({ eth0: b }));
    assert.notEqual(picture({}), picture({ eth0: a }));
    assert.equal(picture({ eth0: a, wlan0: b }), picture({ wlan0: b, eth0: a }));
  });

  it("ignores the bridges of virtual machines, which do not lead outside", () => {
    for (const bridge of ["mpqemubr0", "mpbr0", "virbr0", "docker0", "veth1234", "tap-1", "vnet3", "lo"]) {
      assert.equal(picture({}), picture({ [bridge]: address("10.97.0.1") }), bridge);
    }
    assert.equal(picture({}), picture({ eth0: address("127.0.0.1", true) }));
  });

  it("changes with the resolvers, and records a missing file", () => {
    const dir = mkdtempSync(join(tmpdir(), "multipass-watch-"));
    try {
      const file = join(dir, "resolv.conf");
      const none = picture({}, [file]);
      writeFileSync(file, "nameserver 10.0.0.1\n");
      const one = picture({}, [file]);
      writeFileSync(file, "nameserver 10.0.0.2\n");
      assert.equal(new Set([none, one, picture({}, [file])]).size, 3);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

describe("the wait for another network", () => {
  it("ends a second after the first change", async () => {
    const clock = new VirtualClock();
    await networkChange(clock, never, () => (clock.now() < 3_500 ? "before" : "after"));
    assert.equal(clock.now(), 5_000);
  });

  it("ends on the signal", async () => {
    const clock = new VirtualClock();
    const controller = new AbortController();
    let looks = 0;
    await networkChange(clock, controller.signal, () => {
      if (++looks === 10) controller.abort();
      return "same";
    });
    assert.equal(looks, 10);
  });
});

describe("the wait for the daemon", () => {
  const host = (env: NodeJS.ProcessEnv = {}, platform: NodeJS.Platform = "linux") => ({ platform, env });

  it("ends when its socket accepts connections", async () => {
    const dir = mkdtempSync(join(tmpdir(), "multipass-watch-"));
    const path = process.platform === "win32" ? `\\\\.\\pipe\\watch-${process.pid}` : join(dir, "socket");
    const server: Server = createServer();
    try {
      const clock = new VirtualClock();
      let back = false;
      const waiting = daemonBack(clock, never, host({ MULTIPASS_SERVER_ADDRESS: `unix:${path}` })).then(
        () => {
          back = true;
        },
      );
      while (clock.now() < 5_000) await clock.sleep(100);
      assert.equal(back, false);
      await new Promise<void>((done) => server.listen(path, done));
      await waiting;
    } finally {
      server.close();
      rmSync(dir, { recursive: true, force: true });
    }
  });

  it("ends on the signal", async () => {
    const controller = new AbortController();
    const clock = new VirtualClock();
    const waiting = daemonBack(clock, controller.signal, host({ MULTIPASS_SERVER_ADDRESS: "unix:/nowhere" }));
    await clock.sleep(2_000);
    controller.abort();
    await waiting;
  });
});
