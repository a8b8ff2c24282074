import assert from "node:assert/strict";
import { explain, recognise } from "../../provider/cli/doctor/boot-race.ts";
import { MultipassError } from "../../provider/multipass/errors.ts";
import { parseVersion } from "../../provider/multipass/version.ts";
import type { Check, Examination, Result } from "../../provider/readiness/checks/check.ts";
import { examine } from "../../provider/readiness/checks/check.ts";
import { KNOWN_PROBLEMS, problemsOf } from "../../provider/readiness/checks/known-problems.ts";
import { CHECKS } from "../../provider/readiness/checks/table.ts";
import { examinationOf, fakeMachine } from "../support/fake-machine.ts";

/** The finding of one check, whatever the others say. */
async function probe(id: string, exam: Examination) {
  const check = CHECKS.find((one) => one.id === id) as Check;
  for await (const result of examine([{ ...check, needs: [] }], exam)) return result;
  return assert.fail();
}

describe("the checks of doctor, on every system", () => {
  it("have distinct names and need only what comes before them", () => {
    const seen = new Set<string>();
    for (const { id, needs } of CHECKS) {
      assert.ok(!seen.has(id), id);
      for (const need of needs) assert.ok(seen.has(need), `${id} needs ${need}`);
      seen.add(id);
    }
  });

  it("skip what a failed check leaves open", async () => {
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
    for await (const result of examine([fails, needy, last], examinationOf(fakeMachine())))
      results.push(result);
    assert.deepEqual(
      results.map(({ status }) => status),
      ["fail", "skip", "skip"],
    );
    assert.equal(results[1]?.detail, "needs: first");
  });

  it("network: no address is a failure that passes, no resolver a warning", async () => {
    const offline = await probe("network", examinationOf(fakeMachine({ addresses: () => [] })));
    assert.deepEqual([offline.status, offline.transient], ["fail", true]);
    const nameless = await probe("network", examinationOf(fakeMachine({ resolvers: () => [] })));
    assert.equal(nameless.status, "warn");
  });

  it("names: a failure, unless a proxy may resolve them", async () => {
    const lookup = async (host: string) => {
      throw new Error(`getaddrinfo EAI_AGAIN ${host}`);
    };
    const plain = await probe("names", examinationOf(fakeMachine({ lookup })));
    assert.deepEqual([plain.status, plain.transient], ["fail", true]);
    assert.match(plain.detail, /EAI_AGAIN cloud-images\.ubuntu\.com/);
    const env = { HTTPS_PROXY: "http://proxy.example:3128" };
    const proxied = await probe("names", examinationOf(fakeMachine({ lookup, env })));
    assert.equal(proxied.status, "warn");
  });

  it("image-index: names the document that cannot be read; one remote of two is a warning", async () => {
    const readIndex = async (url: string) => {
      throw new MultipassError(`Unable to read ${url}`, { kind: "download-failed", details: "ECONNREFUSED" });
    };
    const none = await probe("image-index", examinationOf(fakeMachine({ readIndex })));
    assert.match(none.detail, /^Unable to read https:.*index\.json: ECONNREFUSED$/);
    const some = await probe(
      "image-index",
      examinationOf(
        fakeMachine({ readIndex: async (url) => (url.includes("daily") ? readIndex(url) : undefined) }),
      ),
    );
    assert.equal(some.status, "warn");
  });

  it("memory and disk: little is a warning, none a failure", async () => {
    const gib = 1024 ** 3;
    const memory = () => ({ free: gib / 2, total: 4 * gib });
    assert.equal((await probe("memory", examinationOf(fakeMachine({ memory })))).status, "warn");
    for (const [free, status] of [
      [50 * gib, "ok"],
      [3 * gib, "warn"],
      [gib, "fail"],
    ] as const) {
      const exam = examinationOf(fakeMachine({ freeDisk: async () => free }));
      assert.equal((await probe("disk", exam)).status, status);
    }
  });

  for (const [platform, env, folder] of [
    ["linux", {}, "/var/snap/multipass/common"],
    ["darwin", {}, "/var/root/Library/Application Support/multipassd"],
    ["win32", { ProgramData: "D:\\Data" }, "D:\\Data\\Multipass"],
    ["linux", { MULTIPASS_STORAGE: "/srv/multipass" }, "/srv/multipass"],
  ] as const) {
    it(`disk: looks at ${folder} on ${platform}`, async () => {
      const asked: string[] = [];
      const freeDisk = async (path: string) => {
        asked.push(path);
        return undefined;
      };
      const found = await probe("disk", examinationOf(fakeMachine({ platform, env, freeDisk })));
      assert.deepEqual([found.status, asked], ["skip", [folder]]);
    });
  }

  it("confinement: knows a snap by its path or by what the path leads to", async () => {
    const client = process.execPath;
    const look = (changes: Parameters<typeof fakeMachine>[0]) =>
      probe("confinement", examinationOf(fakeMachine(changes), client));
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

  it("tells the next try from the age of the daemon's socket", () => {
    const machine = fakeMachine({
      modified: (path) =>
        path === "/var/snap/multipass/common/multipass_socket" ? 1_000_000_000 - 40_000 : undefined,
    });
    const race = recognise(results({}), machine) ?? assert.fail();
    assert.deepEqual(race, { daemonAge: 40_000, nextTryIn: 35_000, atMost: 35_000 });
    assert.match(explain(race), /started 40s ago and tries again by itself in about 35s/);
  });

  it("says the longest it can last where the daemon's age is not known", () => {
    const race = recognise(results({}), fakeMachine({ platform: "win32" })) ?? assert.fail();
    assert.equal(race.nextTryIn, undefined);
    assert.match(explain(race), /at the latest in 15m/);
  });

  it("is something else when the list is empty, the host offline, or all well", () => {
    assert.equal(recognise(results({ kind: "images-unreachable" }), fakeMachine()), undefined);
    assert.equal(recognise(results({}).slice(1), fakeMachine()), undefined);
    assert.equal(recognise(results({ status: "ok", kind: undefined }), fakeMachine()), undefined);
  });
});
