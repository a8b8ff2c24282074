import assert from "node:assert/strict";
import { restartDaemon } from "../../provider/driver/service.ts";

describe("a restart of the daemon that fails", () => {
  before(function () {
    if (process.platform === "win32") this.skip();
  });

  const sh = (script: string) => ["sh", "-c", script];
  const failures: [how: string, command: string[], kind: string, words: RegExp][] = [
    [
      "of a password",
      sh("echo 'sudo: a password is required' >&2; exit 1"),
      "access-denied",
      /administrator/,
    ],
    [
      "of a right",
      sh("echo 'error: access denied (try with sudo)'; exit 1"),
      "access-denied",
      /administrator/,
    ],
    [
      "of macOS",
      sh("echo 'Could not kickstart service: 1: Operation not permitted' >&2; exit 1"),
      "access-denied",
      /sudo -n/,
    ],
    [
      "of itself",
      sh("echo 'error: snap \"multipass\" is not installed' >&2; exit 10"),
      "unknown",
      /is not installed/,
    ],
    ["without a word", sh("exit 7"), "unknown", /exit 7|code 7/],
    ["of a program that is not there", ["/no/such/program"], "unknown", /ENOENT/],
    ["of its time", ["sleep", "60"], "call-timeout", /still running after/],
  ];
  it("of another computer's daemon restarts no service here", async () => {
    const before = process.env["MULTIPASS_SERVER_ADDRESS"];
    process.env["MULTIPASS_SERVER_ADDRESS"] = "vm.example:50051";
    try {
      await assert.rejects(restartDaemon(), /it runs on vm\.example\n.*remedies\.restartCommand/);
      await restartDaemon(["true"]);
    } finally {
      if (before === undefined) delete process.env["MULTIPASS_SERVER_ADDRESS"];
      else process.env["MULTIPASS_SERVER_ADDRESS"] = before;
    }
  });

  for (const [how, command, kind, words] of failures) {
    it(`reports ${how} as such`, async () => {
      await assert.rejects(
        restartDaemon(command, { timeoutMs: 1_000 }),
        (error: Error & { kind?: string }) => {
          assert.equal(error.kind, kind, error.message);
          assert.match(error.message, words);
          return true;
        },
      );
    });
  }
});
