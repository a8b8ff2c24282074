import { measureOnlyPlugins } from "../engine/measured.ts";
import { disposeAll } from "./disposed.ts";

/** Hooks around all tests of a process. */
export const mochaHooks = { beforeAll: measureOnlyPlugins, afterEach: disposeAll };
