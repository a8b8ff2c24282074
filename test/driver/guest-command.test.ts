import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { type GuestCommand, guestInvocation } from "../../provider/driver/guest-command.ts";

describe("a guest's command", () => {
  before(function () {
    // The guest's shell is this system's.
    if (process.platform === "win32") this.skip();
  });

  function run(given: GuestCommand, variables: Record<string, string>, shell?: string) {
    const { args, input } = guestInvocation(given);
    const [program = "", ...words] = args;
    const { stdout, stderr } = spawnSync(shell ?? program, words, {
      env: { ...process.env, ...variables },
      input,
      encoding: "utf8",
    });
    return { stdout, stderr };
  }

  it("gets the guest's own variables, and none that holds the command", () => {
    const { stdout } = run({ command: "env; printf '<%s>' \"$p\"" }, { p: "the guest's" });
    assert.match(stdout, /^p=the guest's$/m);
    assert.match(stdout, /<the guest's>$/);
    const { stdout: none } = run({ command: "env; printf '<%s>' \"$p\"" }, {});
    assert.match(none, /<>$/);
    assert.doesNotMatch(none, /^p=/m);
  });

  it("is not traced by a shell that the guest has told to trace, since it can hold a secret", () => {
    const environment = { TOKEN: "sEcReT" };
    const { stdout, stderr } = run(
      { command: "false; cat; echo ran", environment, stdin: "in " },
      { SHELLOPTS: "xtrace:errexit:verbose" },
      "bash",
    );
    assert.equal(stdout, "in ran\n");
    assert.doesNotMatch(stderr, /sEcReT/);
  });
});
