import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import {
  hostsInJournals,
  Journal,
  type JournalEntry,
  stateFolder,
  unusable,
} from "../../../provider/core/ledger/journal.ts";
import { until } from "../../support/run.ts";

const entry: JournalEntry = {
  version: 1,
  owner: "urn:pulumi:dev::app::multipass:Instance::web",
  name: "web",
  fingerprint: "f",
  phase: "launching",
  since: "2026-11-23T10:00:00.000Z",
};

describe("the journal", () => {
  let root: string;
  let journal: Journal;
  const host = (env: NodeJS.ProcessEnv = {}) => ({ platform: "linux" as const, env });

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "multipass-journal-"));
    journal = new Journal("/usr/bin/multipass", host(), root);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it("returns what was written, or nothing if there is none", async () => {
    assert.equal(await journal.read("web"), undefined);
    await journal.write(entry);
    assert.deepEqual(await journal.read("web"), entry);
    await journal.write({ ...entry, phase: "created" });
    assert.equal((await journal.read("web"))?.phase, "created");
    await journal.remove("web");
    await journal.remove("web");
    assert.equal(await journal.read("web"), undefined);
  });

  it("is read at once, since every check of every run reads an entry", async () => {
    await journal.write(entry);
    const read = journal.read("web").then(() => "read");
    assert.equal(await Promise.race([read, setImmediate("a turn of the event loop")]), "read");
  });

  it("is readable by this user only", async function () {
    if (process.platform === "win32") this.skip();
    await journal.write(entry);
    assert.equal(statSync(journal.folder).mode & 0o777, 0o700);
    assert.equal(statSync(join(journal.folder, "web.json")).mode & 0o777, 0o600);
  });

  it("finds the entries of many resources without a look at all files for each", async () => {
    const owners = Array.from({ length: 150 }, (_, index) => `${entry.owner}${index}`);
    for (const [index, owner] of owners.entries())
      await journal.write({ ...entry, owner, name: `vm${index}` });
    const costOf = async (work: () => Promise<unknown>) => {
      const before = process.cpuUsage();
      await work();
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    await journal.all();
    const one = await costOf(() => journal.all());
    const looking = new Journal("/usr/bin/multipass", host(), root);
    const each = await costOf(async () => {
      for (const [index, owner] of owners.entries())
        assert.deepEqual(
          (await looking.ofOwner(owner)).map(({ name }) => name),
          [`vm${index}`],
        );
    });
    // A look for each costs 150 times as much as one.
    assert.ok(each < 20 * one, `${each / one} times as much as one look`);
  });

  it("finds a resource's entry when it has been written, replaced or removed", async () => {
    assert.deepEqual(await journal.ofOwner(entry.owner), []);
    assert.ok(await journal.begin(entry));
    assert.deepEqual(await journal.ofOwner(entry.owner), [entry]);
    const other = "urn:pulumi:dev::app::multipass:Instance::other";
    await journal.write({ ...entry, owner: other });
    assert.deepEqual(await journal.ofOwner(entry.owner), []);
    assert.deepEqual(await journal.ofOwner(other), [{ ...entry, owner: other }]);
    await journal.remove("web");
    assert.deepEqual(await journal.ofOwner(other), []);
  });

  it("finds within seconds what another process has written", async () => {
    assert.deepEqual(await journal.ofOwner(entry.owner), []);
    await new Journal("/usr/bin/multipass", host(), root).write(entry);
    await until(async () => (await journal.ofOwner(entry.owner)).length === 1);
  });

  it("leaves nothing half-written beside its files", async () => {
    await Promise.all(Array.from({ length: 20 }, () => journal.write(entry)));
    assert.deepEqual(readdirSync(journal.folder), ["web.json"]);
    JSON.parse(readFileSync(join(journal.folder, "web.json"), "utf8"));
  });

  for (const [what, content] of [
    ["cut off", '{"version":1,"own'],
    ["empty", ""],
    ["of another form", '{"version":2}'],
  ]) {
    it(`does not treat a file that is ${what} as missing: the error names it, and says what to do`, async () => {
      await journal.write(entry);
      writeFileSync(join(journal.folder, "web.json"), content as string);
      await assert.rejects(
        journal.read("web"),
        /Unable to use the journal[\s\S]*web\.json[\s\S]*PULUMI_MULTIPASS_STATE_DIR/,
      );
      await journal.write({ ...entry, name: "db" });
      assert.deepEqual(
        (await journal.ofOwner(entry.owner)).map(({ name }) => name),
        ["db"],
      );
    });
  }

  it("names the folder that it cannot write to", async () => {
    const file = join(root, "file");
    writeFileSync(file, "");
    const below = new Journal("/usr/bin/multipass", host(), file);
    await assert.rejects(below.write(entry), /Unable to use the journal[\s\S]*[/\\]file[/\\]/);
  });

  it("names what it cannot remove or note either", async () => {
    // No file can be removed where a folder is, and no folder be made where a file is.
    mkdirSync(join(journal.folder, "web.json"), { recursive: true });
    writeFileSync(join(journal.folder, "leftovers"), "");
    await assert.rejects(journal.remove("web"), /Unable to use the journal[\s\S]*web\.json[\s\S]*writable/);
    await assert.rejects(journal.noteLeftover("web", "f"), /Unable to use the journal[\s\S]*leftovers/);
  });

  it("asks for space if its disk is full", () => {
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    assert.match(unusable("web.json", full).message, /Free disk space/);
  });

  it("takes an entry without a host, as 0.1.0 wrote all, for one of this computer", async () => {
    mkdirSync(journal.folder, { recursive: true });
    writeFileSync(join(journal.folder, "web.json"), JSON.stringify(entry));
    assert.deepEqual(await journal.read("web"), entry);
    assert.deepEqual(await journal.namesOfStack(entry.owner), ["web"]);
    assert.deepEqual(await hostsInJournals(root), []);
    const far = new Journal("multipass", host(), root, { ssh: "lab1" });
    assert.equal(await far.read("web"), undefined);
    await journal.write({ ...entry, phase: "created" });
    assert.deepEqual(await journal.read("web"), { ...entry, phase: "created" });
  });

  it("keeps an entry of another host that does not name it, and names the host with the next write", async () => {
    const far = new Journal("multipass", host(), root, { ssh: "lab1" });
    mkdirSync(far.folder, { recursive: true });
    writeFileSync(join(far.folder, "web.json"), JSON.stringify(entry));
    assert.deepEqual(await far.read("web"), entry);
    assert.deepEqual(await hostsInJournals(root), []);
    await far.write(entry);
    assert.deepEqual(await hostsInJournals(root), [{ ssh: "lab1" }]);
  });

  it("has one folder for all names of a host", async () => {
    const names = [{ ssh: "lab1" }, { ssh: "me@lab1.local", sameAs: "lab1" }];
    const [first, second] = names.map((name) => new Journal("multipass", host(), root, name));
    await first?.write(entry);
    await second?.write({ ...entry, phase: "created", since: "2026-11-24T10:00:00.000Z" });
    assert.equal((await first?.read("web"))?.phase, "created");
    assert.deepEqual(await hostsInJournals(root), [names[1]]);
  });

  it("is separate for each client and each daemon", async () => {
    await journal.write(entry);
    const others = [
      new Journal("/snap/bin/multipass", host(), root),
      new Journal("/usr/bin/multipass", host({ MULTIPASS_SERVER_ADDRESS: "vm.example:50051" }), root),
    ];
    for (const other of others) assert.equal(await other.read("web"), undefined);
    assert.deepEqual(await new Journal("/usr/bin/multipass", host(), root).read("web"), entry);
  });

  it("lets only one of many begin under a name", async () => {
    const owners = Array.from({ length: 20 }, (_, number) => `urn:pulumi:s::p::t::${number}`);
    const begun = await Promise.all(
      owners.map((owner) => new Journal("/usr/bin/multipass", host(), root).begin({ ...entry, owner })),
    );
    assert.equal(begun.filter((isMine) => isMine).length, 1);
    assert.equal((await journal.read(entry.name))?.owner, owners[begun.indexOf(true)]);
    assert.deepEqual(readdirSync(journal.folder), ["web.json"]);
  });

  it("stores the output of each launch separately, and forgets only that of one name", async () => {
    const [first, second, other] = ["web", "web", "web-1"].map((name) => journal.newLaunchFolder(name));
    assert.notEqual(first, second);
    const make = () => {
      for (const folder of [first, second, other] as string[]) mkdirSync(folder, { recursive: true });
    };
    const left = () => [first, second, other].map((folder) => existsSync(folder as string));
    make();
    await journal.forgetOutput("web", second);
    assert.deepEqual(left(), [false, true, true]);
    await journal.forgetOutput("web", join(root, "elsewhere"));
    assert.deepEqual(left(), [false, false, true]);
    make();
    await journal.remove("web");
    assert.deepEqual(left(), [false, false, true]);
    await journal.forgetOutput("web", first);
  });

  it("finds the records of one resource", async () => {
    assert.deepEqual(await journal.ofOwner(entry.owner), []);
    await journal.write(entry);
    await journal.write({ ...entry, name: "db", owner: "urn:pulumi:dev::app::multipass:Instance::db" });
    assert.deepEqual(await journal.ofOwner(entry.owner), [entry]);
  });

  it("separates names that a file system could mistake for paths", async () => {
    await journal.write({ ...entry, name: "../web" });
    assert.deepEqual(readdirSync(root).length, 1);
    assert.equal((await journal.read("../web"))?.name, "../web");
  });

  it("is where each platform keeps a user's state", () => {
    const home = join("/", "home", "me");
    assert.equal(stateFolder(host({ PULUMI_MULTIPASS_STATE_DIR: "/x" }), home), "/x");
    assert.equal(stateFolder(host({ XDG_STATE_HOME: "/state" }), home), join("/state", "pulumi-multipass"));
    assert.equal(stateFolder(host(), home), join(home, ".local", "state", "pulumi-multipass"));
    assert.match(stateFolder({ platform: "darwin", env: {} }, home), /Application Support/);
    assert.match(stateFolder({ platform: "win32", env: { LOCALAPPDATA: "C:\\local" } }, home), /^C:\\local/);
  });
});
