import assert from "node:assert/strict";
import { hostAddress, hostAddressFirst } from "../../provider/driver/addresses.ts";

describe("the address by which the host reaches an instance", () => {
  for (const [ipv4, expected] of [
    [["10.97.0.12", "172.17.0.1"], "10.97.0.12"],
    [["172.17.0.1", "172.18.0.1", "192.168.64.7"], "192.168.64.7"],
    [["172.17.0.1"], undefined],
    [["10.42.0.1", "10.42.0.0", "192.168.122.1", "169.254.20.10"], undefined],
    [["172.28.17.1"], "172.28.17.1"],
    [[], undefined],
  ] as const)
    it(`${JSON.stringify(ipv4)} → ${expected}`, () => {
      assert.equal(hostAddress(ipv4), expected);
      assert.equal(hostAddressFirst(ipv4)[0], expected ?? ipv4[0]);
      assert.equal(hostAddressFirst(ipv4).length, ipv4.length);
    });
});
