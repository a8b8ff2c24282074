import assert from "node:assert/strict";
import { checkInstance } from "../../provider/core/instance/check.ts";
import { UNKNOWN } from "../../provider/core/unknown.ts";

// cspell:ignore craete redines mosquitto anbox

const owner = "urn:pulumi:dev::lab::pulumi-nodejs:dynamic/multipass:Instance::dev";

const failuresOf = (args: Record<string, unknown>, olds = {}) =>
  checkInstance(olds, { owner, logicalName: "dev", ...args }).failures;

describe("a name that does not exist", () => {
  const misspelt: [args: Record<string, unknown>, property: string, reason: RegExp][] = [
    [{ cpu: 2 }, "cpu", /^is not an argument: did you mean `cpus`\?$/],
    [{ mem: "2G" }, "mem", /did you mean `memory`\?/],
    [{ power_state: "stopped" }, "power_state", /did you mean `powerState`\?/],
    [{ redines: {} }, "redines", /did you mean `readiness`\?/],
    [{ colour: 1 }, "colour", /^is not an argument$/],
    [{ timeouts: { craete: "5m" } }, "timeouts.craete", /did you mean `create`\?/],
    [{ readiness: { port: 80 } }, "readiness.port", /did you mean `checks: \[{ tcp: { port } }\]`\?/],
    [{ readiness: { colour: 1 } }, "readiness.colour", /: readiness takes cloudInit, degraded, checks$/],
    [{ networks: [{ name: "a", "mac-address": "x" }] }, "networks[0].mac-address", /did you mean `mac`\?/],
  ];
  for (const [args, property, reason] of misspelt) {
    it(`is reported with the probable intention: ${JSON.stringify(args)}`, () => {
      const [failure, ...more] = failuresOf(args);
      assert.deepEqual([failure?.property, more], [property, []]);
      assert.match(failure?.reason ?? "", reason);
    });
  }

  it("knows how other tools write an image", () => {
    const meant = {
      "24.4": "24.04",
      "24.1": "24.10",
      "24.04.3": "24.04",
      "24.04 LTS": "24.04",
      "ubuntu:24.04": "24.04",
      "ubuntu:noble": "noble",
      "ubuntu:latest": "lts",
      "Ubuntu 24.04 LTS": "24.04",
      "ubuntu-22.04": "22.04",
      "images:ubuntu/noble": "noble",
      "Noble Numbat": "noble",
      "daily:24.4": "daily:24.04",
      "dailly:26.04": "daily:26.04",
      "/srv/noble.img": "file:///srv/noble.img",
    };
    for (const [image, right] of Object.entries(meant)) {
      const reason = `is not the name or URL of an image: did you mean \`${right}\`?`;
      const [failure, ...more] = failuresOf({ image });
      assert.deepEqual([failure?.property, failure?.reason, more], ["image", reason, []], image);
      assert.deepEqual(failuresOf({ image: right }), []);
      // It may be somebody's instance that was created differently.
      assert.deepEqual(failuresOf({ image }, { image }), []);
    }
  });

  it("lets Multipass decide if an image with a plausible name exists", () => {
    for (const image of [
      ...[
        "24.04",
        "noble",
        "n",
        "lts",
        "devel",
        "default",
        "core24",
        "core:core24",
        "appliance:mosquitto",
        "debian",
      ],
      ...[
        "trixie",
        "13.1",
        "docker",
        "anbox-cloud-appliance",
        "6e7016f2c9f4",
        "snapcraft:22.04",
        "theirs:24.4",
      ],
      ...["file:///srv/noble.img", "https://example.com/ubuntu:24.4.img", UNKNOWN],
    ]) {
      assert.deepEqual(failuresOf({ image }), [], image);
    }
  });
});
