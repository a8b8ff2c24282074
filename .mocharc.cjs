const { enableCompileCache } = require("node:module");

// The tests start thousands of processes that load the same modules. A cache of their compiled code halves what that costs. Coverage needs the
// functions as they are compiled anew, so a measured process has none.
if (!process.env.NODE_V8_COVERAGE) {
  process.env.NODE_COMPILE_CACHE ??= `${__dirname}/build/compile-cache`;
  enableCompileCache();
}

module.exports = {
  extension: ["ts"],
  // Several processes a test, and on a busy machine each of them waits for its turn.
  timeout: 180_000,
  // On a machine that others use as well, a second try tells a busy moment from a fault. The reporter names every test that needed one.
  retries: process.env.CI ? 1 : 0,
  "forbid-only": true,
  require: ["./test/support/hooks.ts"],
  reporter: "./test/support/reporter.cjs",
};
