import assert from "node:assert/strict";
import { daemonAddresses } from "../../provider/driver/daemon-address.ts";

describe("the addresses at which the daemon may listen", () => {
  const onLinux = (address: string) =>
    daemonAddresses({ platform: "linux", env: { MULTIPASS_SERVER_ADDRESS: address } });

  it("are the one in MULTIPASS_SERVER_ADDRESS, if it is set", () => {
    assert.deepEqual(onLinux("unix:/run/x"), [{ path: "/run/x" }]);
    assert.deepEqual(onLinux("vm:50051"), [{ host: "vm", port: 50051 }]);
  });

  it("are the platform's own otherwise", () => {
    assert.equal(daemonAddresses({ platform: "linux", env: {} }).length, 2);
    assert.deepEqual(daemonAddresses({ platform: "darwin", env: {} }), [
      { path: "/var/run/multipass_socket" },
    ]);
    assert.deepEqual(daemonAddresses({ platform: "win32", env: {} }), [{ host: "localhost", port: 50051 }]);
  });
});
