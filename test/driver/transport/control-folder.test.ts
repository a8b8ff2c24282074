import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { makeControlFolder } from "../../../provider/driver/transport/control-folder.ts";

describe("the folder of ssh's shared connections", () => {
  let dir: string;
  beforeEach(function () {
    if (process.platform === "win32") this.skip();
    dir = mkdtempSync("/tmp/cf-");
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const made = (uid = 4711) => makeControlFolder({ XDG_RUNTIME_DIR: dir }, uid);

  it("is this user's alone", () => {
    const folder = made(process.getuid?.());
    assert.equal(folder, join(dir, "pulumi-multipass"));
    assert.equal(statSync(folder).mode & 0o777, 0o700);
  });

  const isReplaced = () => {
    const folder = made(process.getuid?.());
    assert.notEqual(folder, join(dir, "pulumi-multipass"));
    assert.equal(statSync(folder).mode & 0o777, 0o700);
  };

  it("is not one that others can open", () => {
    mkdirSync(join(dir, "pulumi-multipass"));
    chmodSync(join(dir, "pulumi-multipass"), 0o755);
    isReplaced();
  });

  it("is not a link", () => {
    mkdirSync(join(dir, "other"), 0o700);
    symlinkSync(join(dir, "other"), join(dir, "pulumi-multipass"));
    isReplaced();
  });

  it("is not another user's", () => {
    const folder = made(4711);
    assert.notEqual(folder, join(dir, "pulumi-multipass"));
    for (const path of [folder, "/tmp/pulumi-multipass-4711"]) rmSync(path, { recursive: true });
  });
});
