import assert from "node:assert/strict";
import {
  endOf,
  fitToShow,
  launchedName,
  launchProgress,
  splitStderr,
  withoutLogRecords,
  withoutSpinner,
} from "../../provider/driver/output.ts";
import { capabilities, parseVersion } from "../../provider/driver/version.ts";

/** As the real client draws it: erase the line, the message, two blanks, then backspace and the next frame. */
const spinner = (...messages: string[]) =>
  `${messages
    .map((message) => `\u001b[2K\u001b[0A\u001b[0E${message}  \u0008/\u0008-\u0008\\\u0008|\u0008 `)
    .join("")}\u001b[2K\u001b[0A\u001b[0E`;

describe("the client's output", () => {
  it("is read without the spinner", () => {
    assert.equal(
      withoutSpinner(spinner("Creating t1 in zone1", "Starting t1")),
      "Creating t1 in zone1\nStarting t1",
    );
    assert.equal(withoutSpinner("\u001b[2K\u001b[0A\u001b[0E"), "");
  });

  it("of another computer is shown without anything that a terminal obeys", () => {
    assert.equal(fitToShow("  a\u0000\u001b]0;x\u0007b\tc\nd\u007f\u009b \n"), "a]0;xb\tc\nd");
  });

  it("shows the progress of a launch", () => {
    assert.equal(launchProgress(""), undefined);
    assert.deepEqual(launchProgress(spinner("Creating t1")), { phase: "creating" });
    assert.deepEqual(
      launchProgress(`${spinner("Creating t1")}\rRetrieving image: 7%\rRetrieving image: 42%`),
      { phase: "downloading", percent: 42 },
    );
    assert.deepEqual(launchProgress(spinner("Creating t1", "Preparing image for t1", "Configuring t1")), {
      phase: "configuring",
    });
    assert.deepEqual(launchProgress(spinner("Starting t1", "Waiting for initialization to complete")), {
      phase: "initialising",
    });
  });

  for (const [words, phase] of [
    ["Creating t1", "creating"],
    ["Retrieving image: 7%", "downloading"],
    ["Verifying image: 7%", "verifying"],
    ["Extracting image: 7%", "extracting"],
    ["Preparing image for t1", "preparing"],
    ["Configuring t1", "configuring"],
    ["Starting t1", "starting"],
    ["Waiting for initialization to complete", "initialising"],
  ] as const) {
    it(`takes "${words}" for the phase ${phase}, and only where a line begins so`, () => {
      assert.equal(launchProgress(spinner(words))?.phase, phase);
      assert.equal(launchProgress(spinner(`Not ${words}`)), undefined);
    });
  }

  it("shows that a launch has succeeded, on 1.16 and with a zone on 1.17", () => {
    assert.equal(launchedName(`${spinner("Starting t1")}Launched: t1\n`), "t1");
    assert.equal(launchedName(`${spinner("Starting t1")}Launched: t1 in zone1\n`), "t1");
    assert.equal(launchedName(spinner("Starting t1")), undefined);
    assert.equal(launchedName("Not Launched: t1\n"), undefined);
  });

  it("keeps a guest command's output including blank lines, without log records", () => {
    const said = "one\n\n[warning] [sftp] slow\n  two\n[2026-11-23T10:54:28.035] [info] [ssh] x\n";
    assert.equal(withoutLogRecords(said), "one\n\n  two\n");
  });

  it("is cut to its last whole lines if it is very long", () => {
    const lines = Array.from({ length: 7_000 }, (_, number) => `line ${String(number).padStart(6, "0")}`);
    // 12 characters a line: the end begins within one.
    assert.equal(endOf(lines.join("\n")), lines.slice(-5_333).join("\n"));
    assert.equal(endOf("one\ntwo"), "one\ntwo");
    assert.equal(endOf("x".repeat(64_000)).length, 64_000);
    for (const text of [`${"x".repeat(64_000)}y`, `why\n${"x".repeat(70_000)}\n`])
      assert.equal(endOf(text), "(a line of more than 64000 characters)");
  });

  it("is told apart from the daemon's log records of other requests", () => {
    const { message, logRecords } = splitStderr(
      "[2026-11-23T10:54:28.035] [error] [url downloader] Host not found\nlaunch failed: no\n[error] [client] Caught an unhandled exception: oops\n",
    );
    assert.equal(message, "launch failed: no\noops");
    assert.equal(logRecords.length, 1);
    const quoting = "its log says: [error] [url downloader] no host";
    assert.deepEqual(splitStderr(quoting), { message: quoting, logRecords: [] });
    assert.deepEqual(splitStderr(""), { message: "", logRecords: [] });
  });
});

describe("versions", () => {
  it("are read in every form that Multipass has", () => {
    assert.equal(parseVersion("1.17.0-dev.3854+g9b0af2ec")?.minor, 17);
    assert.equal(parseVersion("1.14.0+mac")?.minor, 14);
    assert.equal(parseVersion("1.16")?.patch, 0);
    assert.equal(parseVersion("banana"), undefined);
  });

  it("decide what can be done", () => {
    const can = (text: string) =>
      capabilities(parseVersion(text) as NonNullable<ReturnType<typeof parseVersion>>);
    assert.deepEqual([can("1.13.1").stopForce, can("1.14.0").stopForce], [false, true]);
    assert.deepEqual([can("1.14.1").clone, can("1.15.0").clone], [false, true]);
    assert.deepEqual([can("1.16.3").zones, can("1.17.0-dev").zones, can("2.0.0").zones], [false, true, true]);
    assert.deepEqual(
      [can("1.16.3").minimumMemory, can("1.17.0").minimumMemory],
      [128 * 1024 ** 2, 512 * 1024 ** 2],
    );
  });
});
