import { posix } from "node:path";
import { unpackTar } from "modern-tar";
import { GuestFileError } from "./file-system.ts";
import type { Program } from "./program.ts";

/** `tar -x -f FILE -C FOLDER` for plain files. */
export const archivePrograms: Record<string, Program> = {
  async tar(args, process) {
    const after = (letter: string) => args[args.indexOf(letter) + 1] ?? "";
    if (!args.includes("-x") || !args.includes("-f")) {
      process.io.err("tar: the simulated guest can only extract from a file\n");
      return 2;
    }
    const { files } = process.machine;
    const folder = posix.resolve(process.cwd, args.includes("-C") ? after("-C") : ".");
    try {
      const archive = files.read(posix.resolve(process.cwd, after("-f")), process.user);
      for (const { header, data = new Uint8Array() } of await unpackTar(archive)) {
        if (header.type !== "file") continue;
        const path = posix.join(folder, header.name);
        files.makeDirectory(posix.dirname(path), process.user, true);
        if (files.stat(path)) files.remove(path, process.user);
        files.write(path, Buffer.from(data), process.user);
        files.changeMode(path, process.user, () => header.mode ?? 0o644);
      }
      return 0;
    } catch (error) {
      if (!(error instanceof GuestFileError)) throw error;
      process.io.err(`tar: ${error.message}\n`);
      return 2;
    }
  },
};
