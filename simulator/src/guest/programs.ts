import type { Process } from "./process.ts";
import type { Program } from "./program.ts";
import { operands } from "./program-arguments.ts";
import { archivePrograms } from "./programs-archive.ts";
import { fileChangePrograms } from "./programs-file-change.ts";
import { fileLookPrograms } from "./programs-file-look.ts";
import { systemPrograms } from "./programs-system.ts";
import { testPrograms } from "./programs-test.ts";
import { textPrograms } from "./programs-text.ts";

/** All commands of a simulated guest, by name. */
export const programs: Record<string, Program> = {
  ...textPrograms,
  ...fileChangePrograms,
  ...fileLookPrograms,
  ...archivePrograms,
  ...testPrograms,
  ...systemPrograms,
  command(args, process, execute) {
    if (args[0] !== "-v") return execute(args);
    return locate(args.slice(1), process);
  },
  which: (args, process) => locate(args, process),
  type: (args, process) => locate(args, process),
};

function locate(names: string[], process: Process): number {
  let status = 0;
  for (const name of operands(names)) {
    const own = `/usr/local/bin/${name}`;
    if (process.machine.files.exists(own)) process.io.out(`${own}\n`);
    else if (Object.hasOwn(programs, name) || ["sh", "bash", "sudo"].includes(name))
      process.io.out(`/usr/bin/${name}\n`);
    else status = 1;
  }
  return status;
}
