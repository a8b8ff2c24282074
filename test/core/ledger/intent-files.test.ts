import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir, uptime } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { IntentFiles, isLeft } from "../../../provider/core/ledger/intent-files.ts";
import { isMultipassError } from "../../../provider/driver/errors.ts";

describe("the record of an operation before it changes anything", () => {
  let root: string;
  let intents: IntentFiles;
  const folder = () => join(root, "intents");
  const found = { owner: "urn", before: "one", after: "two" };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "multipass-intents-"));
    intents = new IntentFiles(root);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it("exists until it is forgotten, under any name", async () => {
    for (const what of [
      "setting local.driver",
      "snapshot dev.one",
      "snapshot dev.One",
      "power state of ../con",
    ]) {
      assert.equal(await intents.read(what), undefined);
      await intents.write(what, found);
      const { owner, before, after, pid } = (await intents.read(what)) ?? {};
      assert.deepEqual({ owner, before, after, pid }, { ...found, pid: process.pid });
      await intents.forget(what);
      await intents.forget(what);
      assert.equal(await intents.read(what), undefined);
    }
    assert.deepEqual(readdirSync(folder()), []);
  });

  it("is read at once, since every check of every run looks for one", async () => {
    await intents.write("setting local.driver", found);
    const read = intents.read("setting local.driver").then(() => "read");
    assert.equal(await Promise.race([read, setImmediate("a turn of the event loop")]), "read");
  });

  it("is readable by this user only", async function () {
    if (process.platform === "win32") this.skip();
    await intents.write("a", found);
    const [file = ""] = readdirSync(folder());
    assert.deepEqual(
      [folder(), join(folder(), file)].map((path) => statSync(path).mode & 0o777),
      [0o700, 0o600],
    );
  });

  it("counts as missing if it cannot be read", async () => {
    await intents.write("a", found);
    const [file = ""] = readdirSync(folder());
    for (const content of ["", '{"version":1,"what":', '{"version":2}']) {
      writeFileSync(join(folder(), file), content);
      assert.equal(await intents.read("a"), undefined);
    }
  });

  it("makes the operation fail before any change if it cannot be written", async () => {
    writeFileSync(folder(), "a file where the folder is to be");
    await assert.rejects(intents.write("a", found), (error) => {
      assert.ok(isMultipassError(error));
      assert.match(error.message, /PULUMI_MULTIPASS_STATE_DIR/);
      return true;
    });
  });

  it("fails nothing if it cannot be forgotten", async () => {
    await intents.forget("a");
    writeFileSync(folder(), "a file where the folder was");
    await intents.forget("a");
  });

  it("counts as left over if its process has ended, or is this one", async () => {
    await intents.write("a", found);
    const intent = await intents.read("a");
    assert.ok(intent && isLeft(intent));
    assert.equal(isLeft({ ...intent, pid: process.ppid }), false);
    // After a reboot of the host, its process id belongs to another process.
    const since = new Date(Date.now() - (uptime() + 60) * 1000).toISOString();
    assert.equal(isLeft({ ...intent, pid: process.ppid, since }), true);
    const { pid } = spawnSync(process.execPath, ["--version"]);
    assert.equal(isLeft({ ...intent, pid }), true);
  });
});
