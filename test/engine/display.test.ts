import assert from "node:assert/strict";
import { display, wantsColour } from "./display.ts";
import type { RunEvent } from "./events.ts";
import { UNKNOWN } from "./values.ts";

const stack = "urn:pulumi:dev::demo::pulumi:pulumi:Stack::demo-dev";
const vm = "urn:pulumi:dev::demo::pulumi-nodejs:dynamic/multipass:Instance::web";

function show(events: RunEvent[], options = {}): string {
  const lines: string[] = [];
  const emit = display((text) => lines.push(text), options);
  for (const event of events) emit(event);
  return lines.join("");
}

describe("the display", () => {
  it("prints a line for each step and status, and a summary", () => {
    const text = show([
      { kind: "begin", action: "up", stack: "dev" },
      { kind: "start", op: "create", urn: stack },
      { kind: "done", op: "create", urn: stack, ms: 1 },
      { kind: "start", op: "create", urn: vm },
      { kind: "log", severity: "info", message: "waiting for the image list", urn: vm, ephemeral: true },
      { kind: "log", severity: "warning", message: "slow\nserver", ephemeral: false },
      { kind: "done", op: "create", urn: vm, ms: 83_000 },
      {
        kind: "end",
        action: "up",
        ok: true,
        summary: { create: 2, same: 1 },
        outputs: {
          ip: "10.0.0.2",
          key: { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: "x" },
        },
        ms: 84_000,
      },
    ]);
    assert.equal(
      text,
      `Updating (dev):
 +  pulumi:pulumi:Stack demo-dev creating
 +  pulumi-nodejs:dynamic/multipass:Instance web creating
    web: waiting for the image list
    warning: slow
      server
 +  pulumi-nodejs:dynamic/multipass:Instance web created (1m23s)
 +  pulumi:pulumi:Stack demo-dev created (1m24s)

Outputs:
    ip: "10.0.0.2"
    key: [secret]

Resources:
    + 2 created
    1 unchanged

Duration: 1m24s
`,
    );
  });

  it("reports a failure, and that the run failed", () => {
    const text = show([
      { kind: "begin", action: "up", stack: "dev" },
      { kind: "failed", op: "create", urn: vm, ms: 1500 },
      { kind: "log", severity: "error", message: "no room", urn: vm, ephemeral: false },
      { kind: "end", action: "up", ok: false, summary: {}, outputs: {}, ms: 2000 },
    ]);
    assert.match(
      text,
      / !! pulumi-nodejs:dynamic\/multipass:Instance web failed \(1\.5s\)\n {4}web: error: no room\n/u,
    );
    assert.match(text, /Failed after: 2\.0s\n$/u);
  });

  it("describes a preview in the future tense", () => {
    const text = show([
      { kind: "begin", action: "preview", stack: "dev" },
      { kind: "start", op: "create", urn: vm },
      { kind: "done", op: "create", urn: vm, ms: 1 },
      { kind: "end", action: "preview", ok: true, summary: { create: 1 }, outputs: { ip: UNKNOWN }, ms: 900 },
    ]);
    assert.match(
      text,
      /^Previewing update \(dev\):\n \+ {2}\S+ web create\n\nOutputs:\n {4}ip: \[unknown\]\n/u,
    );
    assert.match(text, /\+ 1 to create/u);
  });

  it("uses colours only if wanted", () => {
    const events: RunEvent[] = [{ kind: "start", op: "create", urn: vm }];
    assert.ok(!show(events).includes("\u001b"));
    assert.ok(show(events, { colour: true }).includes("\u001b[32mcreating\u001b[0m"));
    assert.equal(wantsColour({ isTTY: true }, {}), true);
    assert.equal(wantsColour({ isTTY: true }, { NO_COLOR: "1" }), false);
    assert.equal(wantsColour({}, {}), false);
    assert.equal(wantsColour({}, { FORCE_COLOR: "1" }), true);
  });
});
