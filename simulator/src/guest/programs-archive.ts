import { posix } from "node:path";
import { packTar, type TarEntry, unpackTar } from "modern-tar";
import { GuestFileError } from "./file-system.ts";
import type { Process } from "./process.ts";
import type { Program } from "./program.ts";

/** `tar -c --null -T - -f -`: an archive of the files that stdin names. */
async function createArchive(process: Process): Promise<number> {
  const { files } = process.machine;
  const entries: TarEntry[] = [];
  let status = 0;
  for (const name of (await process.io.read()).toString().split("\0").filter(Boolean)) {
    try {
      const body = files.read(posix.resolve(process.cwd, name), process.user);
      entries.push({ header: { name, size: body.length, type: "file" }, body });
    } catch (error) {
      if (!(error instanceof GuestFileError)) throw error;
      process.io.err(`tar: ${name}: Cannot open: ${error.message}\n`);
      status = 2;
    }
  }
  process.io.out(await packTar(entries));
  return status;
}

/** `tar -x -f FILE -C FOLDER`, and `tar -c --null -T - -f -`, for plain files. */
export const archivePrograms: Record<string, Program> = {
  async tar(args, process) {
    const after = (letter: string) => args[args.indexOf(letter) + 1] ?? "";
    if (args.includes("-c") && args.includes("--null") && after("-T") === "-" && after("-f") === "-") {
      return createArchive(process);
    }
    if (!args.includes("-x") || !args.includes("-f")) {
      process.io.err("tar: the simulated guest can only extract from a file, or archive what stdin names\n");
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
