import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import fc from "fast-check";
import { html } from "../../provider/cli/timeline/html.ts";
import { createsIn, runsOf, stackOf, totals } from "../../provider/cli/timeline/model.ts";
import { axisOf, svg } from "../../provider/cli/timeline/svg.ts";
import { textChart } from "../../provider/cli/timeline/text.ts";
import { chromeTrace, openTelemetry } from "../../provider/cli/timeline/traces.ts";
import { NEEDS_PULUMI, needsPulumi } from "../support/needs-pulumi.ts";
import { chromium } from "./chromium.ts";
import { command } from "./command.ts";

type PhaseTuple = [phase: string, seconds: number, attempts?: number];

/** A resource as `pulumi stack export` shows it, its phases one after the other. */
function resource(name: string, startedAt: string, phases: PhaseTuple[], outputs: object = {}) {
  let at = 0;
  const timeline = {
    startedAt,
    phases: phases.map(([phase, seconds, attempts = 1]) => {
      const entry = { phase, startedAt: at, seconds, attempts };
      at += seconds * 1000;
      return entry;
    }),
  };
  const urn = `urn:pulumi:dev::shop::pulumi-nodejs:dynamic:Resource$multipass:index:Instance::${name}`;
  return { urn, type: "multipass", outputs: { name, ready: true, timeline, ...outputs } };
}

const bootRace: PhaseTuple[] = [
  ["daemon", 21, 4],
  ["images", 96, 3],
  ["download", 74],
  ["prepare", 9],
  ["boot", 23],
  ["cloud-init", 88],
  ["mounts", 4],
  ["checks", 12, 3],
];
const later: PhaseTuple[] = [
  ["daemon", 21],
  ["images", 96],
  ["download", 74],
  ["prepare", 31],
  ["boot", 28],
  ["cloud-init", 141],
];

const exported = {
  version: 3,
  deployment: {
    resources: [
      { urn: "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev", type: "pulumi:pulumi:Stack" },
      resource("web", "2026-11-20T06:30:04.000Z", bootRace),
      resource("database", "2026-11-20T06:30:04.210Z", later),
      resource("worker-with-a-rather-long-name", "2026-11-20T06:30:04.400Z", later.slice(0, 5), {
        ready: false,
      }),
      resource("cache", "2026-11-20T06:33:10.000Z", [
        ["prepare", 6],
        ["boot", 19],
        ["cloud-init", 41],
      ]),
      resource("batch", "2026-11-21T10:00:00.000Z", [
        ["prepare", 0.4],
        ["boot", 14],
        ["cloud-init", 22],
        ["something-new", 5],
      ]),
      { ...resource("old", "2026-11-20T06:30:04.000Z", []), outputs: { name: "old" } },
      resource("broken", "yesterday", bootRace),
    ],
  },
};

describe("the timeline's model", () => {
  const creates = createsIn(exported);

  it("takes every resource that has a timeline, earliest first", () => {
    assert.deepEqual(
      creates.map(({ name }) => name),
      ["web", "database", "worker-with-a-rather-long-name", "cache", "batch"],
    );
    const [web] = creates;
    assert.equal((web?.end ?? 0) - (web?.start ?? 0), 327_000);
    assert.equal(creates[2]?.ready, false);
  });

  it("distinguishes updates by the time between them", () => {
    assert.deepEqual(
      runsOf(creates).map((run) => run.creates.length),
      [4, 1],
    );
  });

  it("adds up the phases, in the order in which they happen", () => {
    const sums = totals(creates);
    assert.deepEqual([...sums.keys()].slice(0, 4), ["daemon", "images", "download", "prepare"]);
    assert.equal([...sums.keys()].at(-1), "something-new");
    assert.equal(sums.get("daemon"), 63);
  });

  it("is named after its project and stack", () => {
    assert.equal(stackOf(creates), "shop/dev");
    assert.equal(stackOf([]), "this stack");
  });

  it("refuses a file that is not an export", () => {
    assert.throws(() => createsIn({ foo: 1 }), /not an export of a Pulumi stack/);
    assert.deepEqual(createsIn({ deployment: {} }), []);
  });

  it("has only a few ticks, at round times", () => {
    for (const length of [10, 900, 7_000, 61_000, 327_000, 1_800_000, 90_000_000]) {
      const { span, ticks } = axisOf(length);
      assert.ok(span >= length && ticks.length <= 11 && ticks.length >= 2, `${length}: ${ticks.length}`);
    }
    assert.deepEqual(axisOf(327_000).ticks.slice(0, 3), [0, 60_000, 120_000]);
  });
});

describe("the timeline's exports", () => {
  const creates = createsIn(exported);

  it("chrome: has an event for each phase, inside its create", () => {
    const { traceEvents } = JSON.parse(chromeTrace(creates, "shop"));
    const events = traceEvents.filter(({ ph }: { ph: string }) => ph === "X");
    assert.equal(events.length, 5 + 8 + 6 + 5 + 3 + 4);
    const web = events.filter(({ tid }: { tid: number }) => tid === 1);
    assert.deepEqual([web[0].name, web[0].ts, web[0].dur], ["create web", 0, 327_000_000]);
    assert.deepEqual([web[2].name, web[2].ts, web[2].args.attempts], ["images", 21_000_000, 3]);
    for (const { ts, dur } of web) assert.ok(ts >= 0 && ts + dur <= 327_000_000);
  });

  it("otlp: has a trace for each create, the same on every export", () => {
    const text = openTelemetry(creates, "shop", "1.2.3");
    assert.equal(text, openTelemetry(createsIn(exported), "shop", "1.2.3"));
    const [{ scopeSpans }] = JSON.parse(text).resourceSpans;
    const { spans } = scopeSpans[0];
    const roots = spans.filter(({ parentSpanId }: { parentSpanId?: string }) => !parentSpanId);
    assert.equal(roots.length, 5);
    assert.equal(roots[0].startTimeUnixNano, `${Date.parse("2026-11-20T06:30:04.000Z")}000000`);
    for (const { traceId, spanId } of spans) {
      assert.match(traceId, /^[0-9a-f]{32}$/);
      assert.match(spanId, /^[0-9a-f]{16}$/);
    }
    assert.equal(new Set(spans.map(({ spanId }: { spanId: string }) => spanId)).size, spans.length);
    assert.equal(roots[2].status.code, 2);
  });

  it("svg: keeps names inside the document", () => {
    const hostile = resource('<script>alert(1)</script>"&', "2026-11-20T06:30:04.000Z", bootRace);
    const drawn = svg(createsIn({ deployment: { resources: [hostile] } }), "<b>&");
    assert.doesNotMatch(drawn, /<script|<b>/);
    assert.match(drawn, /&lt;b&gt;&amp;/);
  });
});

describe("the chart, whatever its data", () => {
  const phase = fc.record({
    phase: fc.oneof(fc.constantFrom("daemon", "images", "boot", "checks"), fc.string()),
    startedAt: fc.integer({ min: 0, max: 3_600_000 }),
    seconds: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 7200, noNaN: true })),
    attempts: fc.integer({ min: 1, max: 500 }),
  });
  const create = fc.record({
    name: fc.string({ unit: "binary" }),
    start: fc.integer({ min: 0, max: 4_000_000_000_000 }),
    phases: fc.array(phase, { minLength: 1, maxLength: 12 }),
    ready: fc.boolean(),
  });

  it("stays within its page", () => {
    fc.assert(
      fc.property(fc.array(create, { minLength: 1, maxLength: 8 }), (some) => {
        const resources = some.map(({ name, start, phases, ready }) => ({
          urn: `urn:pulumi:dev::shop::type::${name}`,
          outputs: { ready, timeline: { startedAt: new Date(start).toISOString(), phases } },
        }));
        const creates = createsIn({ deployment: { resources } });
        const drawn = svg(creates, stackOf(creates));
        assert.doesNotMatch(drawn, /="[^"]*(?:NaN|Infinity|undefined)|="-/);
        for (const text of [drawn, html(creates, "").replace(/^<!doctype html>/, "")])
          assert.doesNotMatch(
            text.replace(/<style>[\s\S]*?<\/style>/g, ""),
            /<(?!\/?[a-z])|&(?!(?:amp|lt|gt|quot|#39);)/,
          );
        for (const [, x, width] of drawn.matchAll(/<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/g))
          assert.ok(Number(x) + Number(width) <= 1080, `${x} + ${width}`);
        for (const { ts, dur } of JSON.parse(chromeTrace(creates, "")).traceEvents)
          assert.ok(ts === undefined || (ts >= 0 && dur >= 0));
        assert.ok(textChart(creates, (_style, text) => text, 80).length > 0);
      }),
      { numRuns: 200 },
    );
  });
});

describe("pulumi-multipass timeline", () => {
  let folder: string;
  let file: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "multipass-timeline-"));
    file = join(folder, "shop.json");
    writeFileSync(file, JSON.stringify(exported));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("draws in the terminal", async () => {
    const { code, stdout } = await command(["timeline", "--file", file]);
    assert.equal(code, 0);
    assert.match(stdout, /^web +d+i+l+p+b+c+m+k+ +5m 27s$/m);
    assert.match(stdout, /4m 10s not ready$/m);
    assert.match(stdout, /i images 4m 48s/);
  });

  it("chooses the format by the name of the output file", async () => {
    for (const [name, start] of [
      ["a.svg", "<svg "],
      ["a.html", "<!doctype html>"],
      ["a.json", '{\n "displayTimeUnit"'],
    ] as const) {
      const output = join(folder, name);
      assert.equal((await command(["timeline", "--file", file, "-o", output])).code, 0);
      assert.ok(readFileSync(output, "utf8").startsWith(start), name);
    }
    const { stdout } = await command(["timeline", "--file", "-", "-f", "otlp"], {}, JSON.stringify(exported));
    assert.ok(JSON.parse(stdout).resourceSpans);
  });

  it("says what is wrong with its input", async () => {
    const none = await command(["timeline", "--file", join(folder, "none.json")]);
    assert.equal(none.code, 1);
    assert.match(none.stderr, /^error: Unable to read .*none\.json: ENOENT/);
    const empty = await command(["timeline", "--file", "-"], {}, '{"deployment":{}}');
    assert.equal(empty.code, 1);
    assert.match(empty.stderr, /no instance with a timeline/);
    const garbage = await command(["timeline", "--file", "-"], {}, "garbage");
    assert.equal(garbage.code, 1);
    assert.match(garbage.stderr, /^error: Unable to read stdin/);
  });

  it(`asks Pulumi for the stack ${NEEDS_PULUMI}`, async function () {
    needsPulumi(this);
    const env = {
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
    const project = join(folder, "project");
    await execa("mkdir", [project]);
    writeFileSync(join(project, "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
    const pulumi = (...args: string[]) => execa("pulumi", args, { cwd: project, env });
    await pulumi("stack", "init", "dev");
    const state = JSON.parse((await pulumi("stack", "export")).stdout);
    state.deployment.resources = exported.deployment.resources.slice(1, 3).map((one) => ({
      ...one,
      type: "multipass:index:Instance",
      urn: one.urn.replace("pulumi-nodejs:dynamic:Resource$", ""),
      custom: false,
    }));
    await execa("pulumi", ["stack", "import", "--force"], {
      cwd: project,
      env,
      input: JSON.stringify(state),
    });
    const { code, stdout, stderr } = await command(["timeline", "-C", project, "-s", "dev"], env);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^web /m);
    const missing = await command(["timeline", "-C", project, "-s", "none"], env);
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /^error: Unable to export the stack: /);
  });

  for (const scheme of ["light", "dark"] as const) {
    it(`makes a picture that a browser can show: ${scheme}`, async function () {
      const browser = chromium();
      if (!browser) {
        console.warn(
          "        (no Chromium is installed: the picture is NOT rendered here; name one in CHROMIUM_BIN)",
        );
        return this.skip();
      }
      const page = join(folder, "page.html");
      assert.equal((await command(["timeline", "--file", file, "-o", page])).code, 0);
      // To look at the picture, name a folder that outlives the test.
      const png = join(process.env["TIMELINE_PICTURES"] ?? folder, `timeline-${scheme}.png`);
      await browser.screenshot(page, png, scheme);
      assert.ok(existsSync(png));
      assert.ok(statSync(png).size > 20_000, "the picture is empty");
    });
  }
});
