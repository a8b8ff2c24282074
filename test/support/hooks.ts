import { disposeAll } from "./disposed.ts";
import { beginLogs, showLogs } from "./logs.ts";

/**
 * Measures coverage only in the test processes, which is enough for its minimum. Each of the thousands of
 * child processes would write megabytes and could not use the cache of compiled code.
 */
function measureNoChildren(): void {
  delete process.env.NODE_V8_COVERAGE;
  process.env.NODE_COMPILE_CACHE ??= `${import.meta.dirname}/../../build/compile-cache`;
}

/** Hooks around all tests of a process. */
export const mochaHooks: Mocha.RootHookObject = {
  beforeAll: measureNoChildren,
  beforeEach: beginLogs,
  afterEach: [showLogs, disposeAll],
};
