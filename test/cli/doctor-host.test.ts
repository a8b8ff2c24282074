import assert from "node:assert/strict";
import { explain, recognise } from "../../provider/cli/doctor/boot-race.ts";
import { MultipassError } from "../../provider/driver/errors.ts";
import { parseVersion } from "../../provider/driver/version.ts";
import type { Check, Examination, Result } from "../../provider/host/check.ts";
import { examine } from "../../provider/host/check.ts";
import { KNOWN_PROBLEMS, problemsOf } from "../../provider/host/known-problems.ts";
import { CHECKS } from "../../provider/host/table.ts";
import { examinationOf, fakeComputer } from "../support/fake-computer.ts";

/** The finding of one check, whatever the others say. */
async function probe(id: string, exam: Examination) {
  const check = CHECKS.find((one) => one.id === id) as Check;
  for await (const result of examine([{ ...check, needs: [] }], exam)) return result;
  return assert.fail();
}

describe("the checks of doctor, on every system", () => {
  it("have distinct names and need only earlier checks", () => {
    const seen = new Set<string>();
    for (const { id, needs } of CHECKS) {
      assert.ok(!seen.has(id), id);
      for (const need of needs ?? []) assert.ok(seen.has(need), `${id} needs ${need}`);
      seen.add(id);
    }
  });

  it("skip what depends on a failed check", async () => {
    const fails: Check = {
      id: "a",
      title: "First",
      claim: "",
      needs: [],
      probe: () => ({ status: "fail", detail: "" }),
    };
    const needy: Check = { id: "b", title: "Second", claim: "", needs: ["a"], probe: () => assert.fail() };
    const last: Check = { id: "c", title: "Third", claim: "", needs: ["b"], probe: () => assert.fail() };
    const results: Result[] = [];
    for await (const result of examine([fails, needy, last], examinationOf(fakeComputer())))
      results.push(result);
    assert.deepEqual(
      results.map(({ status }) => status),
      ["fail", "skip", "skip"],
    );
    assert.equal(results[1]?.detail, "needs: first");
  });

  it("network: a missing address is a temporary failure, a missing resolver a warning", async () => {
    const offline = await probe("network", examinationOf(fakeComputer({ addresses: () => [] })));
    assert.deepEqual([offline.status, offline.transient], ["fail", true]);
    const nameless = await probe("network", examinationOf(fakeComputer({ resolvers: () => [] })));
    assert.equal(nameless.status, "warn");
  });

  it("names: fails, unless a proxy may resolve them", async () => {
    const lookup = async (host: string) => {
      throw new Error(`getaddrinfo EAI_AGAIN ${host}`);
    };
    const plain = await probe("names", examinationOf(fakeComputer({ lookup })));
    assert.deepEqual([plain.status, plain.transient], ["fail", true]);
    assert.match(plain.detail, /EAI_AGAIN cloud-images\.ubuntu\.com/);
    const env = { HTTPS_PROXY: "http://proxy.example:3128" };
    const proxied = await probe("names", examinationOf(fakeComputer({ lookup, env })));
    assert.equal(proxied.status, "warn");
  });

  it("image-index: names the document that cannot be read, and only warns if one remote of two can be read", async () => {
    const readIndex = async (url: string) => {
      throw new MultipassError(`Unable to read ${url}`, { kind: "download-failed", details: "ECONNREFUSED" });
    };
    const none = await probe("image-index", examinationOf(fakeComputer({ readIndex })));
    assert.match(none.detail, /^Unable to read https:.*index\.json: ECONNREFUSED$/);
    const some = await probe(
      "image-index",
      examinationOf(
        fakeComputer({ readIndex: async (url) => (url.includes("daily") ? readIndex(url) : undefined) }),
      ),
    );
    assert.equal(some.status, "warn");
  });

  it("memory and disk: warn if little is left, and fail if nothing is", async () => {
    const gib = 1024 ** 3;
    const memory = () => ({ free: gib / 2, total: 4 * gib });
    assert.equal((await probe("memory", examinationOf(fakeComputer({ memory })))).status, "warn");
    for (const [free, status] of [
      [50 * gib, "ok"],
      [3 * gib, "warn"],
      [gib, "fail"],
    ] as const) {
      const exam = examinationOf(fakeComputer({ freeDisk: async () => free }));
      assert.equal((await probe("disk", exam)).status, status);
    }
  });

  const QEMU =
    "/snap/multipass/1/bin/qemu-system-x86_64 -drive file=/mnt/a b/data/vault/instances/dev/x.img,if=none";
  const HOSTS =
    "dnsmasq --keep-in-foreground --dhcp-hostsfile=/srv/mp/data/network/dnsmasq.hosts --bind-interfaces";
  const PLIST = "<dict><key>MULTIPASS_STORAGE</key>\n<string>/Volumes/big</string></dict>";
  const OVERRIDE = "[Service]\nEnvironment=MULTIPASS_STORAGE=/srv/multipass\n";
  const running = (command: string) => ({ processes: () => [{ pid: 7, command }] });
  for (const [platform, changes, folder] of [
    ["linux", {}, "/var/snap/multipass/common"],
    ["linux", { env: { MULTIPASS_STORAGE: "/only/in/this/shell" } }, "/var/snap/multipass/common"],
    ["linux", { readText: () => OVERRIDE }, "/srv/multipass"],
    ["linux", { readText: () => OVERRIDE, ...running(QEMU) }, "/mnt/a b/data"],
    ["linux", running(HOSTS), "/srv/mp/data"],
    ["linux", { exists: () => false }, undefined],
    ["darwin", { readText: () => "<dict/>" }, "/var/root/Library/Application Support/multipassd"],
    ["darwin", { readText: () => PLIST }, "/Volumes/big"],
    ["darwin", {}, undefined],
    ["win32", { env: { ProgramData: "D:\\Data" } }, "D:\\Data\\Multipass"],
    ["win32", { env: { MULTIPASS_STORAGE: "E:\\mp" } }, "E:\\mp"],
    ["win32", { exists: () => false }, undefined],
  ] as const) {
    it(`disk: looks at ${folder ?? "nothing"} on ${platform}: ${Object.keys(changes)}`, async () => {
      const asked: string[] = [];
      const freeDisk = async (path: string) => {
        asked.push(path);
        return undefined;
      };
      const found = await probe("disk", examinationOf(fakeComputer({ platform, ...changes, freeDisk })));
      assert.deepEqual([found.status, asked], ["skip", folder === undefined ? [] : [folder]]);
    });
  }

  it("say nothing about this computer if the daemon runs on another", async () => {
    const env = { MULTIPASS_SERVER_ADDRESS: "vm.example:50051" };
    for (const id of ["port-53", "memory", "disk"]) {
      const { status, detail } = await probe(id, examinationOf(fakeComputer({ env })));
      assert.deepEqual([status, detail], ["skip", "the daemon runs on vm.example"]);
    }
    for (const address of ["unix:/run/x", "localhost:50051", "127.0.0.1:1", "192.0.2.7:50051"]) {
      const here = examinationOf(fakeComputer({ env: { MULTIPASS_SERVER_ADDRESS: address } }));
      assert.equal((await probe("memory", here)).status, "ok", address);
    }
  });

  it("confinement: knows a snap by its path or by what the path leads to", async () => {
    const client = process.execPath;
    const look = (changes: Parameters<typeof fakeComputer>[0]) =>
      probe("confinement", examinationOf(fakeComputer(changes), client));
    assert.equal((await look({})).status, "skip");
    const realPath = () => "/snap/multipass/current/bin/multipass";
    assert.match((await look({ realPath })).detail, /sees no hidden folders/);
    const far = await look({ realPath, home: () => "/data/users/me" });
    assert.equal(far.status, "warn");
    assert.equal((await look({ realPath, platform: "darwin" })).status, "skip");
  });

  it("lists known bad versions with a reason and an issue", () => {
    for (const { from, before, reason, issue } of KNOWN_PROBLEMS) {
      assert.ok(parseVersion(from) && parseVersion(before) && reason && issue);
    }
    const issues = (text: string) => {
      const version = parseVersion(text) ?? assert.fail();
      return problemsOf(version).map(({ issue }) => issue);
    };
    assert.ok(issues("1.14.0").includes(3680));
    assert.ok(!issues("1.14.1+mac").includes(3680));
    assert.deepEqual(issues("1.17.0-dev.3854+g9b0af2ec"), []);
  });
});

describe("the race at boot", () => {
  const results = (list: Partial<Result>): Result[] => [
    { id: "image-index", title: "", claim: "", status: "ok", detail: "" },
    { id: "image-list", title: "", claim: "", status: "fail", detail: "", kind: "download-failed", ...list },
  ];

  it("predicts the next try from the age of the daemon's socket", () => {
    const computer = fakeComputer({
      modified: (path) =>
        path === "/var/snap/multipass/common/multipass_socket" ? 1_000_000_000 - 40_000 : undefined,
    });
    const race = recognise(results({}), computer) ?? assert.fail();
    assert.deepEqual(race, { daemonAge: 40_000, nextTryIn: 35_000, atMost: 35_000 });
    assert.match(explain(race), /started 40s ago and tries again by itself in about 35s/);
  });

  it("is not recognised if the daemon runs on another computer", () => {
    const env = { MULTIPASS_SERVER_ADDRESS: "vm.example:50051" };
    assert.equal(recognise(results({}), fakeComputer({ env })), undefined);
  });

  it("says how long it can last at most if the daemon's age is unknown", () => {
    const race = recognise(results({}), fakeComputer({ platform: "win32" })) ?? assert.fail();
    assert.equal(race.nextTryIn, undefined);
    assert.match(explain(race), /at the latest in 15m/);
  });

  it("is not confused with an empty list, an offline host or a healthy one", () => {
    assert.equal(recognise(results({ kind: "images-unreachable" }), fakeComputer()), undefined);
    assert.equal(recognise(results({}).slice(1), fakeComputer()), undefined);
    assert.equal(recognise(results({ status: "ok", kind: undefined }), fakeComputer()), undefined);
  });
});
