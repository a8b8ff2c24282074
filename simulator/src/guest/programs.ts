import type { Process } from "./process.ts";
import { archivePrograms } from "./programs-archive.ts";
import { fileChangePrograms } from "./programs-file-change.ts";
import { fileLookPrograms } from "./programs-file-look.ts";
import { systemPrograms } from "./programs-system.ts";
import { testPrograms } from "./programs-test.ts";
import { textPrograms } from "./programs-text.ts";

/** Runs further words, as `env` and `timeout` do. */
export type Execute = (words: string[], process?: Process) => Promise<number>;
export type Program = (args: string[], process: Process, execute: Execute) => Promise<number> | number;

/** The commands of a simulated guest, by name. */
export const programs: Record<string, Program> = {
  ...textPrograms,
  ...fileChangePrograms,
  ...fileLookPrograms,
  ...archivePrograms,
  ...testPrograms,
  ...systemPrograms,
};
