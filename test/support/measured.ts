import { measureOnlyPlugins } from "../engine/measured.ts";

/** Hooks around all tests of a process. */
export const mochaHooks = { beforeAll: measureOnlyPlugins };
