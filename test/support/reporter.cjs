/**
 * Mocha's "spec", and at the very end one line that any machine can read: `N passed, N failed, N skipped`.
 */
const { reporters } = require("mocha");

module.exports = class extends reporters.Spec {
  epilogue() {
    super.epilogue();
    const { passes, failures, pending } = this.stats;
    console.log(`${passes} passed, ${failures} failed, ${pending} skipped`);
  }
};
