import { measureOnlyPlugins } from "../engine/measured.ts";
import { disposeAll } from "./disposed.ts";
import { beginLogs, showLogs } from "./logs.ts";

/** Hooks around all tests of a process. */
export const mochaHooks: Mocha.RootHookObject = {
  beforeAll: measureOnlyPlugins,
  beforeEach: beginLogs,
  afterEach: [showLogs, disposeAll],
};
