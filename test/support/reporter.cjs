/**
 * Mocha's "spec", and at the very end what needed a second try, and one line that any machine can read: `N passed, N failed, N skipped`.
 */
const { reporters, Runner } = require("mocha");

module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    this.retried = [];
    runner.on(Runner.constants.EVENT_TEST_RETRY, (test, error) => {
      this.retried.push(`${test.fullTitle()}: ${error?.message?.split("\n")[0]}`);
    });
  }

  epilogue() {
    super.epilogue();
    if (this.retried.length > 0) console.log(`Needed a second try:\n  ${this.retried.join("\n  ")}\n`);
    const { passes, failures, pending } = this.stats;
    console.log(`${passes} passed, ${failures} failed, ${pending} skipped`);
  }
};
