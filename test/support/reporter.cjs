/**
 * Mocha's "spec", and at the very end what needed a second try, what did not run, and one line that any machine can read: `N passed, N failed,
 * N skipped`.
 */
const { spawnSync } = require("node:child_process");
const { reporters, Runner } = require("mocha");

/** Tests that may need a second try in a run of CI. A busy moment meets a few; more of them are flakes, and no retry may hide those. */
const RETRIES_ALLOWED = 10;
/** How titles of tests end that need the CLI, and how the suites of both engines are called. */
const [NEEDS_PULUMI, ON_ENGINE, ON_CLI] = [
  "[needs the Pulumi CLI]",
  " on the test engine",
  " on the Pulumi CLI",
];

module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    this.retried = [];
    this.skipped = [];
    /** Tests that would run on the Pulumi CLI if there were one. */
    this.withoutCli = 0;
    this.ranOnCli = false;
    const { EVENT_TEST_RETRY, EVENT_TEST_END, EVENT_TEST_PENDING } = Runner.constants;
    runner.on(EVENT_TEST_RETRY, (test, error) => {
      this.retried.push(`${test.fullTitle()}: ${error?.message?.split("\n")[0]}`);
    });
    runner.on(EVENT_TEST_PENDING, (test) => this.skipped.push(test.fullTitle()));
    runner.on(EVENT_TEST_END, (test) => {
      const title = test.fullTitle();
      if (title.includes(ON_CLI)) this.ranOnCli = true;
      if (title.includes(ON_ENGINE) || title.endsWith(NEEDS_PULUMI)) this.withoutCli += 1;
    });
  }

  get tooManyRetries() {
    return Boolean(process.env.CI) && this.retried.length > RETRIES_ALLOWED;
  }

  epilogue() {
    super.epilogue();
    if (this.retried.length > 0) console.log(`Needed a second try:\n  ${this.retried.join("\n  ")}\n`);
    if (this.tooManyRetries)
      console.log(`FAILED: ${this.retried.length} tests needed a second try, ${RETRIES_ALLOWED} may\n`);
    // `.ci/run` repeats at its end what begins like this.
    for (const title of this.skipped) console.log(`*** skipped: ${title}`);
    if (this.withoutCli > 0 && !this.ranOnCli && spawnSync("pulumi", ["version"]).status !== 0)
      console.log(
        `*** ${this.withoutCli} tests need the Pulumi CLI and did not run: no \`pulumi\` on the PATH ***\n`,
      );
    const { passes, failures, pending } = this.stats;
    console.log(`${passes} passed, ${failures + Number(this.tooManyRetries)} failed, ${pending} skipped`);
  }

  /** Mocha's exit code is what is handed on here. */
  done(failures, end) {
    end(failures + Number(this.tooManyRetries));
  }
};
