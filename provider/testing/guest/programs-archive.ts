import { posix } from "node:path";
import { GuestFileError } from "./file-system.ts";
import type { Program } from "./programs.ts";

const BLOCK = 512;

/** `tar -x -f FILE -C FOLDER` of plain files, with GNU's long names. */
export const archivePrograms: Record<string, Program> = {
  tar(args, process) {
    const after = (letter: string) => args[args.indexOf(letter) + 1] ?? "";
    if (!args.includes("-x") || !args.includes("-f")) {
      process.io.err("tar: the simulated guest can only extract from a file\n");
      return 2;
    }
    const { files } = process.machine;
    const folder = posix.resolve(process.cwd, args.includes("-C") ? after("-C") : ".");
    try {
      const data = files.read(posix.resolve(process.cwd, after("-f")), process.user);
      let longName: string | undefined;
      for (let at = 0; at + BLOCK <= data.length && data[at] !== 0; ) {
        const field = (from: number, length: number) =>
          data
            .subarray(at + from, at + from + length)
            .toString("utf8")
            .replace(/\0.*$/s, "");
        const size = Number.parseInt(field(124, 12), 8);
        const content = data.subarray(at + BLOCK, at + BLOCK + size);
        if (field(156, 1) === "L") longName = content.toString("utf8").replace(/\0.*$/s, "");
        else {
          const path = posix.join(folder, longName ?? field(0, 100));
          longName = undefined;
          files.makeDirectory(posix.dirname(path), process.user, true);
          if (files.stat(path)) files.remove(path, process.user);
          files.write(path, content, process.user);
          const mode = Number.parseInt(field(100, 8), 8);
          files.changeMode(path, process.user, () => mode);
        }
        at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
      }
      return 0;
    } catch (error) {
      if (!(error instanceof GuestFileError)) throw error;
      process.io.err(`tar: ${error.message}\n`);
      return 2;
    }
  },
};
