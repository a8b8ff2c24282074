/**
 * Mocha's "spec" reporter. At the end it adds retried tests, skipped tests, and a machine-readable line: `N
 * passed, N failed, N skipped`.
 */
const { spawnSync } = require("node:child_process");
const { reporters, Runner } = require("mocha");

/**
 * The maximum number of retried tests in a CI run. Busy moments cause a few; more are flaky tests, which
 * retries must not hide.
 */
const RETRIES_ALLOWED = 10;
/** The ends of titles of tests that need the CLI, and the titles of both engines' suites. */
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
    /** Tests that would also run on the Pulumi CLI if there were one. */
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
    // `.ci/run` repeats lines that start like this at its end.
    for (const title of this.skipped) console.log(`*** skipped: ${title}`);
    if (this.withoutCli > 0 && !this.ranOnCli && spawnSync("pulumi", ["version"]).status !== 0)
      console.log(
        `*** ${this.withoutCli} tests need the Pulumi CLI and did not run: no \`pulumi\` on the PATH ***\n`,
      );
    const { passes, failures, pending } = this.stats;
    console.log(`${passes} passed, ${failures + Number(this.tooManyRetries)} failed, ${pending} skipped`);
  }

  /** Passes on Mocha's exit code. */
  done(failures, end) {
    end(failures + Number(this.tooManyRetries));
  }
};
