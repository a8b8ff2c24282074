const { enableCompileCache } = require("node:module");

// The tests start thousands of processes that load the same modules; a cache of their compiled code halves
// that cost. Coverage needs freshly compiled functions, so measured processes do without the cache.
if (!process.env.NODE_V8_COVERAGE) {
  process.env.NODE_COMPILE_CACHE ??= `${__dirname}/build/compile-cache`;
  enableCompileCache();
}

module.exports = {
  extension: ["ts"],
  // Each test starts several processes, which wait for their turn on a busy computer.
  timeout: 180_000,
  // On a computer shared with others, a second try separates busy moments from faults. The reporter names
  // every test that needed one.
  retries: process.env.CI ? 1 : 0,
  "forbid-only": true,
  require: ["./test/support/hooks.ts"],
  reporter: "./test/support/reporter.cjs",
};
