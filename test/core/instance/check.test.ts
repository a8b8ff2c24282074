import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Archive, Asset } from "../../../provider/core/asset.ts";
import { checkInstance } from "../../../provider/core/instance/check.ts";
import { UNKNOWN } from "../../../provider/core/unknown.ts";

const owner = "urn:pulumi:dev::lab::pulumi-nodejs:dynamic/multipass:Instance::dev";

function failuresOf(args: Record<string, unknown>, olds = {}) {
  return checkInstance(olds, { owner, logicalName: "dev", ...args }).failures;
}

describe("check of an instance's arguments", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "check-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const bad: [args: Record<string, unknown>, property: string, reason: RegExp][] = [
    [{ name: "bad_name!" }, "name", /letters, digits and hyphens/],
    [{ name: "web-" }, "name", /end with a letter or digit/],
    [{ name: "a.b" }, "name", /letters, digits and hyphens/],
    [{ name: "x".repeat(64) }, "name", /63/],
    [{ image: "--name=evil" }, "image", /hyphen/],
    [{ host: { ssh: "lab2", sameAs: "-x" } }, "host.sameAs", /not a host for ssh/],
    [{ host: "lab2", remedies: { localImage: true } }, "remedies.localImage", /leave it out/],
    [{ cpus: 0 }, "cpus", /at least 1/],
    [{ cpus: 1.5 }, "cpus", /whole number/],
    [{ cpus: "2" }, "cpus", /number/],
    [{ memory: "1T" }, "memory", /"2G"/],
    [{ memory: 2048 }, "memory", /string with a unit/],
    [{ memory: "64M" }, "memory", /minimum of 128M/],
    [{ disk: "100M" }, "disk", /minimum of 512M/],
    [{ cloudInit: "a: [1," }, "cloudInit", /not valid YAML/],
    [{ cloudInit: "#!/bin/sh\necho hi" }, "cloudInit", /scripts.*runcmd/],
    [{ networks: [{ name: "eth0", mac: "1:2:3" }] }, "networks[0].mac", /MAC address/],
    [{ networks: [{ name: "eth0", mode: "dhcp" }] }, "networks[0].mode", /"auto" or "manual"/],
    [{ networks: [{}] }, "networks[0].name", /^is required$/],
    [{ networks: [{ name: "eth0,mode=manual" }] }, "networks[0].name", /comma.*`mode` and `mac`/],
    [{ networks: [{ name: "name=eth0" }] }, "networks[0].name", /equals sign/],
    [
      { bridged: true, networks: [{ name: "br0" }, { name: "bridged" }] },
      "networks[1].name",
      /`bridged: true`.*leave one of the two out/,
    ],
    [
      {
        networks: [
          { name: "br0", mac: "52:54:00:4b:ab:cd" },
          { name: "eth0", mac: "52:54:00:4B:AB:CD" },
        ],
      },
      "networks[1].mac",
      /networks\[0\]/,
    ],
    [{ mounts: [{ source: ".", target: "/home/ubuntu" }] }, "mounts[0].target", /refuses/],
    [{ mounts: [{ source: ".", target: "/proc/x" }] }, "mounts[0].target", /refuses/],
    [{ mounts: [{ source: ".", target: "." }] }, "mounts[0].target", /refuses/],
    [{ mounts: [{ source: ".", target: "/a:b" }] }, "mounts[0].target", /colon/],
    [{ mounts: [{ source: ".", target: "/a", type: "nfs" }] }, "mounts[0].type", /"classic" or "native"/],
    [
      {
        mounts: [
          { source: ".", target: "x" },
          { source: "test", target: "/home/ubuntu/x" },
        ],
      },
      "mounts",
      /twice/,
    ],
    [{ powerState: "off" }, "powerState", /"running", "stopped" or "suspended"/],
    [{ timeouts: { create: "soon" } }, "timeouts.create", /"90s"/],
    [{ retry: { jitter: 2 } }, "retry.jitter", /0 to 1/],
    [{ readiness: { checks: [{}] } }, "readiness.checks[0]", /exactly one/],
    [{ readiness: { checks: [{ tcp: { port: 70000 } }] } }, "readiness.checks[0].tcp.port", /65535/],
    [{ readiness: { checks: [{ http: { url: "{ip}:80/" } }] } }, "readiness.checks[0].http.url", /http:\/\//],
    [
      { readiness: { checks: [{ http: { url: "http://" } }] } },
      "readiness.checks[0].http.url",
      /not an http/,
    ],
    [
      { remedies: { imageServers: { release: "http://evil.example/" } } },
      "remedies.imageServers.release",
      /https/,
    ],
    [{ mounts: [{ source: "/nowhere", target: "x" }] }, "mounts[0].source", /does not exist: \/nowhere$/],
    [{ networks: "br0" }, "networks", /^must be a list$/],
    [{ networks: ["br0"] }, "networks[0]", /^must be an object$/],
    [{ readiness: true }, "readiness", /^must be an object$/],
    [{ retry: [] }, "retry", /^must be an object$/],
    [{ remedies: { imageServers: "https://x" } }, "remedies.imageServers", /^must be an object$/],
    [{ cpu: 2 }, "cpu", /not an argument/],
  ];
  for (const [args, property, reason] of bad) {
    it(`refuses ${JSON.stringify(args)}`.slice(0, 100), () => {
      const failures = failuresOf(args);
      assert.deepEqual(
        failures.map((failure) => failure.property),
        [property],
        JSON.stringify(failures),
      );
      assert.match(failures[0]?.reason ?? "", reason);
    });
  }

  it("accepts networks that only look alike", () => {
    const mac = "52:54:00:4b:ab:cd";
    for (const args of [
      { bridged: false, networks: [{ name: "bridged" }] },
      { bridged: true, networks: [{ name: "br0" }] },
      { bridged: UNKNOWN, networks: [{ name: "bridged" }] },
      { bridged: true, networks: [{ name: UNKNOWN }] },
      { bridged: true, networks: [UNKNOWN, { name: "Default Switch", mac }] },
      { networks: [{ name: "br0" }, { name: "br0" }] },
    ]) {
      assert.deepEqual(failuresOf(args), [], JSON.stringify(args));
    }
  });

  it("names every fault at once", () => {
    const mounts = [{ source: "/nowhere", target: "x" }];
    const readiness = { port: 80, url: "x", checks: [{ tcp: {}, interval: "soon" }] };
    assert.deepEqual(
      failuresOf({ cpu: 1, mem: "1G", cpus: 0, memory: "x", name: "_", image: "24.4", mounts, readiness })
        .map(({ property }) => property)
        .sort(),
      [
        ...["cpu", "cpus", "image", "mem", "memory", "mounts[0].source", "name"],
        ...[
          "readiness.checks[0].interval",
          "readiness.checks[0].tcp.port",
          "readiness.port",
          "readiness.url",
        ],
      ],
    );
  });

  it("accepts values that are not known yet, alone or nested", () => {
    const args = {
      name: UNKNOWN,
      cpus: UNKNOWN,
      memory: UNKNOWN,
      cloudInit: UNKNOWN,
      networks: UNKNOWN,
      mounts: [{ source: UNKNOWN, target: UNKNOWN }],
      timeouts: { create: UNKNOWN },
      readiness: { checks: [{ http: { url: UNKNOWN } }, { http: { url: "HTTP://{ip}:80/?token=x" } }] },
    };
    const { failures, inputs } = checkInstance({}, { owner, logicalName: "dev", ...args });
    assert.deepEqual(failures, []);
    assert.deepEqual(
      { ...inputs, owner: undefined, logicalName: undefined },
      { ...args, owner: undefined, logicalName: undefined },
    );
  });

  it("never quotes user-data in a failure", () => {
    const failures = failuresOf({ cloudInit: "#cloud-config\npassword: hunter2: [\n" });
    assert.equal(failures.length, 1);
    assert.doesNotMatch(JSON.stringify(failures), /hunter2/);
    assert.match(failures[0]?.reason ?? "", /line 2/);
  });

  it("names an instance after its resource, and keeps the name", () => {
    const first = checkInstance({}, { owner, logicalName: "my dev_box" }).inputs.name;
    assert.match(first, /^my-dev-box-[0-9a-f]{7}$/);
    assert.equal(checkInstance({ name: first }, { owner, logicalName: "my dev_box" }).inputs.name, first);
    assert.match(checkInstance({}, { owner, logicalName: "1+1" }).inputs.name, /^instance-[0-9a-f]{7}$/);
    assert.equal(checkInstance({ name: first }, { owner, logicalName: "x", name: "web" }).inputs.name, "web");
  });

  it("turns every form of user-data into text", () => {
    const asset = (given: { path?: string; text?: string }) => new Asset(given);
    const file = join(folder, "user-data.yaml");
    writeFileSync(file, "#cloud-config\npackages: [git]\n");
    const text = (cloudInit: unknown) =>
      checkInstance({}, { owner, logicalName: "x", cloudInit }).inputs.cloudInit;
    assert.equal(text({ packages: ["git"] }), "#cloud-config\npackages:\n  - git\n");
    assert.equal(text("#cloud-config\nx: 1\n"), "#cloud-config\nx: 1\n");
    assert.equal(text(asset({ path: file })), "#cloud-config\npackages: [git]\n");
    assert.equal(text(asset({ text: "x: 1" })), "x: 1");
    for (const bom of ["\ufeff", ""]) {
      writeFileSync(file, Buffer.from(`${bom}hostname: wéb\n`, "utf16le"));
      assert.equal(text(asset({ path: file })), "hostname: wéb\n");
      writeFileSync(file, Buffer.from(`${bom}hostname: wéb\n`, "utf16le").swap16());
      assert.equal(text(asset({ path: file })), "hostname: wéb\n");
    }
    assert.match(
      failuresOf({ cloudInit: asset({ path: "/nowhere" }) })[0]?.reason ?? "",
      /does not exist: \/nowhere/,
    );
  });

  const PARTS: [what: string, cloudInit: unknown, reason: RegExp][] = [
    ["an archive", new Archive({ path: "/etc" }), /an archive.*FileAsset/],
    ["an asset within an object", { a: [{ content: new Asset({ text: "x" }) }] }, /asset.*its text/],
    ["an archive within an object", { a: new Archive({ assets: {} }) }, /archive.*its text/],
  ];
  for (const [what, cloudInit, reason] of PARTS) {
    it(`refuses ${what} as user-data, which a guest would get as something else`, () => {
      const [failure, ...more] = failuresOf({ cloudInit });
      assert.equal(failure?.property, "cloudInit");
      assert.match(failure?.reason ?? "", reason);
      assert.deepEqual(more, []);
    });
  }

  it("complains about new user-data only: an existing instance keeps its own", () => {
    const [before, other] = ["package: [git]\nruncmd: x\n", "package: [curl]\nruncmd: x\n"];
    const olds = { name: "web", cloudInit: before, owner };
    const check = (cloudInit: unknown, more = {}) =>
      checkInstance(olds, { name: "web", owner, cloudInit, ...more });
    assert.partialDeepStrictEqual(check(`# mine\n${before}`), { failures: [], warnings: [] });
    const { failures, warnings } = check(other);
    assert.match(JSON.stringify(failures), /cloudInit.*`runcmd`/);
    assert.match(warnings.join(), /^cloudInit has the key `package`.*`packages`\?$/);
    assert.doesNotMatch(check(other, { secrets: ["cloudInit"] }).warnings.join(), /`package`/);
  });

  it("keeps user-data from an object as version 0.1.0 wrote it, until the instance is replaced for another reason", () => {
    const cloudInit = { password: "off", runcmd: ["true"] };
    const olds = {
      name: "web",
      image: "24.04",
      cloudInit: '#cloud-config\npassword: off\nruncmd:\n  - "true"\n',
      owner,
    };
    const check = (more: object) =>
      checkInstance(olds, { name: "web", image: "24.04", owner, cloudInit, ...more });
    assert.partialDeepStrictEqual(check({}), {
      failures: [],
      warnings: [],
      inputs: { cloudInit: olds.cloudInit },
    });
    assert.match(String(check({ image: "22.04" }).inputs.cloudInit), /password: !!str "off"/);
    assert.match(String(check({ cloudInit: "password: !!str off\n" }).inputs.cloudInit), /!!str off/);
  });

  it("makes the paths of mounts absolute, on both sides", () => {
    const { inputs } = checkInstance(
      {},
      { owner, logicalName: "x", mounts: [{ source: "test", target: "work" }] },
    );
    assert.deepEqual(inputs.mounts, [{ source: resolve("test"), target: "/home/ubuntu/work" }]);
  });

  it("refuses to shrink a disk, before anything is changed", () => {
    const olds = { name: "web", disk: "10G", owner };
    const [failure] = failuresOf({ name: "web", disk: "5G" }, olds);
    assert.equal(failure?.property, "disk");
    assert.match(failure?.reason ?? "", /10G to 5G.*--replace/);
    assert.deepEqual(failuresOf({ name: "web", disk: "20G" }, olds), []);
    // A replacement can have any size.
    assert.deepEqual(failuresOf({ name: "web", disk: "5G", image: "22.04" }, olds), []);
    // A size that was read back is rounded.
    assert.deepEqual(failuresOf({ name: "web", disk: "10300M" }, { ...olds, disk: "10.1GiB" }), []);
  });

  it("refuses a change that needs a forbidden restart, and names it", () => {
    const olds = { name: "web", cpus: 1, owner };
    const [failure] = failuresOf({ name: "web", cpus: 2, allowRestart: false }, olds);
    assert.equal(failure?.property, "cpus");
    assert.match(failure?.reason ?? "", /allowRestart/);
    assert.deepEqual(
      failuresOf(
        { name: "web", cpus: 2, allowRestart: false, powerState: "stopped" },
        { ...olds, powerState: "stopped" },
      ),
      [],
    );
  });

  it("accepts a change that may turn out to be none, such as a value not known in a preview", () => {
    const olds = { name: "web", image: "24.04", cloudInit: "a: 1\n", cpus: 1, disk: "10G", owner };
    const keep = { ...olds, deletionPolicy: "keep" as const };
    assert.deepEqual(failuresOf({ ...keep, cloudInit: UNKNOWN }, keep), []);
    assert.deepEqual(failuresOf({ ...olds, cpus: UNKNOWN, allowRestart: false }, olds), []);
    assert.deepEqual(failuresOf({ ...olds, image: UNKNOWN, disk: "5G" }, olds), []);
    // Known values are still refused.
    const [failure, ...more] = failuresOf({ ...keep, cloudInit: UNKNOWN, image: "22.04" }, keep);
    assert.deepEqual([failure?.property, more], ["image", []]);
  });
});
