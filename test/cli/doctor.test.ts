import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NO_IMAGE_SERVER } from "../support/no-image-server.ts";
import { command } from "./command.ts";
import { doctorJson, emptyList, onHost } from "./doctor.ts";

describe("pulumi-multipass doctor", () => {
  it("finds a healthy host ready, and creates nothing", () =>
    onHost({}, async (env, simulator) => {
      const { code, stdout } = await command(["doctor"], env);
      assert.equal(code, 0, stdout);
      assert.match(stdout, /✓ Multipass client +\S+multipass\n/);
      assert.match(stdout, /✓ Version +1\.17\.0\n/);
      assert.match(stdout, /✓ Image list in the daemon +\d+ images\n/);
      assert.match(stdout, /Ready: a launch would work\.\n$/);
      assert.doesNotMatch(stdout, /\x1b/);
      const asked = new Set((await simulator.calls()).map(({ argv }) => argv[0]));
      assert.deepEqual([...asked].sort(), ["find", "get", "list", "networks", "version"]);
    }));

  it("colours its table when told to", () =>
    onHost({}, async (env) => {
      const { stdout } = await command(["doctor"], { ...env, FORCE_COLOR: "1" });
      assert.match(stdout, /\x1b\[32m✓/);
    }));

  it("says where it looked for a missing client", async () => {
    const { report, code, check } = await doctorJson({ MULTIPASS_BIN: "/nonexistent/multipass" });
    assert.equal(code, 1);
    assert.equal(check("client").kind, "client-missing");
    assert.match(check("client").detail, /MULTIPASS_BIN names \/nonexistent\/multipass/);
    assert.equal(check("daemon").status, "skip");
    assert.equal(report.transient, false);
  });

  it("reports that the daemon is away without waiting for it", () =>
    onHost({ faults: { socketAt: "1h" } }, async (env) => {
      const { code, check } = await doctorJson(env);
      assert.equal(code, 3);
      assert.equal(check("daemon").kind, "daemon-unreachable");
      assert.equal(check("port-53").status, "ok");
    }));

  it("distinguishes a daemon that has never run from one that is away", () =>
    onHost({ faults: { daemonNeverRan: true } }, async (env) => {
      const { code, check } = await doctorJson(env);
      assert.equal(code, 3);
      assert.equal(check("daemon").kind, "daemon-initialising");
    }));

  for (const [fault, kind] of [
    ["accessDenied", "access-denied"],
    ["unauthenticated", "unauthenticated"],
  ] as const) {
    it(`recognises denied access: ${kind}`, () =>
      onHost({ faults: { [fault]: true } }, async (env) => {
        const { code, check } = await doctorJson(env);
        assert.equal(code, 1);
        assert.equal(check("daemon").status, "ok");
        assert.equal(check("authorised").kind, kind);
        assert.ok(check("authorised").hint);
      }));
  }

  it("recognises a hypervisor that does not work", () =>
    onHost({ faults: { hypervisor: "KVM support is not enabled on this machine." } }, async (env) => {
      const { code, check } = await doctorJson(env);
      assert.equal(code, 1);
      assert.equal(check("hypervisor").kind, "hypervisor");
    }));

  it("refuses a version that is too old, and warns about a bad one", async () => {
    const folder = mkdtempSync(join(tmpdir(), "multipass-old-"));
    after(() => rmSync(folder, { recursive: true }));
    const tooOld = join(folder, "multipass");
    writeFileSync(tooOld, `#!/bin/sh\necho '{"multipass":"1.12.2","multipassd":"1.12.2"}'\n`, {
      mode: 0o755,
    });
    await onHost({}, async (env) => {
      const { code, check } = await doctorJson({ ...env, MULTIPASS_BIN: tooOld });
      assert.equal(code, 1);
      assert.match(check("version").detail, /1\.12\.2 is older than 1\.13\.0/);
    });
    await onHost({ version: "1.14.0" }, async (env) => {
      const { code, check } = await doctorJson(env);
      assert.equal(code, 0);
      assert.equal(check("version").status, "warn");
      assert.match(check("version").detail, /canonical\/multipass#3680/);
    });
  });

  for (const version of ["1.16.3", "1.17.0"]) {
    it(`${version}: recognises the boot race, and says how long it lasts`, () =>
      onHost({ version, faults: { networkAt: "1h" } }, async (env) => {
        const { report, code, check } = await doctorJson(env);
        assert.equal(code, 3);
        assert.equal(check("image-index").status, "ok");
        assert.equal(check("image-list").status, "fail");
        assert.deepEqual([report.ready, report.readyByUrl], [false, true]);
        assert.ok(report.bootRace);
        const { daemonAge, nextTryIn } = report.bootRace;
        assert.ok(daemonAge !== null && daemonAge < 30, `${daemonAge}`);
        assert.ok(nextTryIn !== null && nextTryIn <= 20, `${nextTryIn}`);
        assert.equal((await doctorJson(env, "--direct")).code, 0);
        const { stdout } = await command(["doctor"], env);
        assert.match(stdout, /boot race/);
        assert.match(stdout, /`pulumi up` would work/);
      }));
  }

  it("does not mistake an offline host for the boot race", () =>
    onHost(
      { faults: { networkAt: "1h" } },
      async (env) => {
        const { report, code, check } = await doctorJson(env);
        assert.equal(code, 3);
        assert.equal(check("image-index").kind, "download-failed");
        assert.equal(report.bootRace, null);
        assert.equal(report.readyByUrl, false);
        assert.equal((await doctorJson(env, "--direct")).code, 3);
      },
      NO_IMAGE_SERVER,
    ));

  it("accepts a daemon that has its list, although this host cannot read the servers", () =>
    onHost(
      {},
      async (env) => {
        const { code, check } = await doctorJson(env);
        assert.equal(check("image-index").status, "fail");
        assert.equal(code, 0);
      },
      NO_IMAGE_SERVER,
    ));

  it("notices a daemon that answers with an empty list", () =>
    onHost({ version: "1.16.3" }, async (env, simulator) => {
      await emptyList(simulator);
      const { code, check } = await doctorJson(env);
      assert.equal(check("image-list").kind, "images-unreachable");
      assert.equal(code, 3);
    }));
});
