/** What SECURITY.md says of words that a shell would take for more, tried on every call that takes one. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { INSTANCE } from "../../provider/core/instance/model.ts";
import { Driver } from "../../provider/driver/driver.ts";
import { launchCommand } from "../../provider/driver/launch-arguments.ts";
import { dispatchLaunch } from "../../provider/driver/launch-job.ts";
import { awaitLaunch } from "../../provider/driver/launches.ts";
import { findSchema } from "../../provider/driver/schema.ts";
import { recorder } from "../support/recorder.ts";

describe("threat: a shell on the host interprets a user's text", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "multipass-security-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  before(function () {
    // The client of these tests is a script.
    if (process.platform === "win32") this.skip();
  });

  const TEXT = "`touch pwned`; $(touch pwned) && 'a b'";
  const launch = async (client: string) => {
    const values = { name: TEXT, image: TEXT, zone: TEXT, networks: [{ name: TEXT }] };
    const { args, stdin } = launchCommand(INSTANCE, values, 1);
    const launched = await dispatchLaunch(new Driver(client), args, stdin, join(folder, "launch"));
    await awaitLaunch(launched, { sleep: () => delay(20) });
  };
  /** Everything that takes a name, a path or another text: what is called, and the arguments that the client has to get. */
  const CALLS: Record<string, [call: (driver: Driver) => Promise<unknown>, args: string[]]> = {
    info: [(driver) => driver.info([TEXT], true), ["info", "--format", "json", TEXT]],
    start: [(driver) => driver.start(TEXT, 1), ["start", "--timeout", "1", TEXT]],
    stop: [(driver) => driver.stop(TEXT, true), ["stop", "--force", TEXT]],
    suspend: [(driver) => driver.suspend(TEXT), ["suspend", TEXT]],
    recover: [(driver) => driver.recover(TEXT), ["recover", TEXT]],
    delete: [(driver) => driver.delete(TEXT, true), ["delete", "--purge", TEXT]],
    set: [(driver) => driver.set("local.driver", TEXT), ["set", `local.driver=${TEXT}`]],
    get: [(driver) => driver.get(TEXT), ["get", "--raw", TEXT]],
    mount: [
      (driver) => driver.mount(TEXT, { source: TEXT, target: TEXT, uidMappings: [TEXT] }),
      ["mount", "--uid-map", TEXT, "--", TEXT, `${TEXT}:${TEXT}`],
    ],
    unmount: [(driver) => driver.unmount(TEXT, TEXT), ["umount", `${TEXT}:${TEXT}`]],
    find: [(driver) => driver.find({ query: TEXT }), ["find", "--format", "json", "--", TEXT]],
    exec: [
      (driver) => driver.exec(TEXT, [TEXT], { workingDirectory: TEXT }),
      ["exec", "--working-directory", TEXT, TEXT, "--", TEXT],
    ],
    cloudInitStatus: [
      (driver) => driver.cloudInitStatus(TEXT),
      ["exec", "--no-map-working-directory", TEXT, "--", "cloud-init", "status", "--format", "json"],
    ],
    cloudInitModule: [
      (driver) => driver.cloudInitModule(TEXT),
      [
        ["exec", "--no-map-working-directory", TEXT, "--"],
        ["grep", "start: modules-", "/var/log/cloud-init.log"],
      ].flat(),
    ],
    addAlias: [
      (driver) => driver.addAlias({ name: TEXT, instance: TEXT, command: TEXT, map: true }),
      ["alias", `${TEXT}:${TEXT}`, TEXT],
    ],
    removeAlias: [(driver) => driver.removeAlias(TEXT), ["unalias", TEXT]],
    clone: [(driver) => driver.clone(TEXT, TEXT), ["clone", "--name", TEXT, TEXT]],
    snapshotCreated: [
      (driver) => driver.snapshotCreated(TEXT, TEXT),
      ["info", "--format", "json", `${TEXT}.${TEXT}`],
    ],
    takeSnapshot: [
      (driver) => driver.takeSnapshot(TEXT, TEXT, TEXT),
      ["snapshot", "--name", TEXT, "--comment", TEXT, TEXT],
    ],
    restoreSnapshot: [
      (driver) => driver.restoreSnapshot(TEXT, TEXT),
      ["restore", "--destructive", `${TEXT}.${TEXT}`],
    ],
    deleteSnapshot: [(driver) => driver.deleteSnapshot(TEXT, TEXT), ["delete", "--purge", `${TEXT}.${TEXT}`]],
    ask: [(driver) => driver.ask(findSchema, ["find", TEXT], {}), ["find", "--format", "json", TEXT]],
    call: [(driver) => driver.call(["find", TEXT], {}), ["find", TEXT]],
    setByPrompt: [(driver) => driver.setByPrompt(TEXT, TEXT), ["set", TEXT]],
    transfer: [
      (driver) => driver.transfer(TEXT, TEXT, Buffer.from(TEXT)),
      ["transfer", "-", `${TEXT}:${TEXT}`],
    ],
    launch: [
      ({ client }) => launch(client),
      [
        ["launch", "--name", TEXT, "--network", `name=${TEXT}`],
        ["--zone", TEXT, "--timeout", "1", "--", TEXT],
      ].flat(),
    ],
  };
  for (const [what, [call, expected]] of Object.entries(CALLS)) {
    it(`${what} passes the text to the client unchanged`, async () => {
      const { client, args } = recorder(folder);
      // That "{}" is no answer to the question is no matter here.
      await call(new Driver(client)).catch((error) => assert.equal(error.kind, "bad-output", error.stack));
      assert.deepEqual(args(), expected);
      assert.ok(![process.cwd(), folder].some((dir) => existsSync(join(dir, "pwned"))));
    });
  }

  it("every method of the driver that takes text is tested above", () => {
    // The last one starts nothing.
    const without = [
      "constructor",
      "version",
      "list",
      "listAliases",
      "listSnapshots",
      "networks",
      "inTerminal",
    ];
    assert.deepEqual(
      Object.getOwnPropertyNames(Driver.prototype).filter((name) => !without.includes(name) && !CALLS[name]),
      [],
    );
  });
});
