import { posix } from "node:path";
import { GuestFileError } from "./file-system.ts";
import { identifier, modeChange } from "./permissions.ts";
import type { Process } from "./process.ts";
import type { Program } from "./program.ts";
import { absolute, each, has, isOption, operands } from "./program-arguments.ts";

function walk(process: Process, path: string, deed: (path: string) => void): void {
  deed(path);
  const { files } = process.machine;
  if (files.stat(path, false)?.type !== "directory") return;
  for (const name of files.list(path, process.user)) walk(process, posix.join(path, name), deed);
}

/** The target path of a copy or move of `from` to `to`. */
function destination(process: Process, from: string, to: string): string {
  const target = absolute(process, to);
  const isDirectory = process.machine.files.stat(target)?.type === "directory";
  return isDirectory ? posix.join(target, posix.basename(from)) : target;
}

/** Programs that create, move, change and remove files. */
export const fileChangePrograms: Record<string, Program> = {
  mkdir(args, process) {
    const modeAt = args.indexOf("-m");
    const mode = modeAt < 0 ? undefined : args[modeAt + 1];
    const paths = operands(
      modeAt < 0 ? args : args.filter((_, index) => index !== modeAt && index !== modeAt + 1),
    );
    return each(
      paths,
      process,
      (path) => `mkdir: cannot create directory '${path}'`,
      (path) => {
        process.machine.files.makeDirectory(path, process.user, has(args, "p", "parents"));
        if (mode !== undefined) process.machine.files.changeMode(path, process.user, modeChange(mode));
      },
    );
  },
  touch: (args, process) =>
    each(
      operands(args),
      process,
      (path) => `touch: cannot touch '${path}'`,
      (path) => process.machine.files.touch(path, process.user),
    ),
  rm: (args, process) =>
    each(
      operands(args),
      process,
      (path) => `rm: cannot remove '${path}'`,
      (path) => {
        const { files } = process.machine;
        const node = files.stat(path, false);
        if (!node && has(args, "f", "force")) return;
        if (!node) throw new GuestFileError("No such file or directory");
        if (node.type === "directory" && !has(args, "r", "recursive") && !has(args, "R")) {
          throw new GuestFileError("Is a directory");
        }
        files.remove(path, process.user);
      },
    ),
  rmdir: (args, process) =>
    each(
      operands(args),
      process,
      (path) => `rmdir: failed to remove '${path}'`,
      (path) => {
        if (process.machine.files.list(path, process.user).length > 0)
          throw new GuestFileError("Directory not empty");
        process.machine.files.remove(path, process.user);
      },
    ),
  mv(args, process) {
    const paths = operands(args);
    const to = paths.pop() ?? "";
    return each(
      paths,
      process,
      (path) => `mv: cannot move '${path}' to '${to}'`,
      (path) => process.machine.files.move(path, destination(process, path, to), process.user),
    );
  },
  cp(args, process) {
    const paths = operands(args);
    const to = paths.pop() ?? "";
    return each(
      paths,
      process,
      (path) => `cp: cannot stat '${path}'`,
      (path) => {
        const isDirectory = process.machine.files.stat(path)?.type === "directory";
        if (isDirectory && !has(args, "r", "recursive") && !has(args, "a", "archive") && !has(args, "R")) {
          throw new GuestFileError("-r not specified; omitting directory");
        }
        process.machine.files.copy(
          path,
          destination(process, path, to),
          process.user,
          has(args, "a", "archive"),
        );
      },
    );
  },
  ln(args, process) {
    const [target = "", path = posix.basename(target)] = operands(args);
    return each(
      [path],
      process,
      (name) => `ln: failed to create symbolic link '${name}'`,
      (name) => {
        const { files } = process.machine;
        const place = destination(process, target, name);
        if (has(args, "f", "force") && files.stat(place, false)) files.remove(place, process.user);
        files.link(target, place, process.user);
      },
    );
  },
  /** install [-d] [-m MODE] [-o OWNER] [-g GROUP] [-D] SOURCE TARGET */
  async install(args, process) {
    const given: Record<string, string> = {};
    const paths: string[] = [];
    for (let index = 0; index < args.length; index += 1) {
      const argument = args[index] as string;
      if (/^-[mog]$/.test(argument)) given[argument[1] as string] = args[++index] ?? "";
      else if (/^-[mog]./.test(argument)) given[argument[1] as string] = argument.slice(2);
      else if (!isOption(argument) || argument === "-") paths.push(argument);
    }
    const { files } = process.machine;
    const target = paths.at(-1) ?? "";
    const stdin = paths[0] === "/dev/stdin" ? await process.io.read() : undefined;
    return each(
      [target],
      process,
      (path) => `install: cannot create '${path}'`,
      (path) => {
        let place = path;
        if (has(args, "d", "directory")) files.makeDirectory(path, process.user, true);
        else {
          if (has(args, "D")) files.makeDirectory(posix.dirname(path), process.user, true);
          place = destination(process, paths[0] ?? "", path);
          files.write(
            place,
            stdin ?? files.read(absolute(process, paths[0] ?? ""), process.user),
            process.user,
          );
        }
        files.changeMode(place, process.user, modeChange(given["m"] ?? "755"));
        if (given["o"] || given["g"]) {
          files.changeOwner(
            place,
            process.user,
            given["o"] ? identifier(given["o"]) : undefined,
            given["g"] ? identifier(given["g"]) : undefined,
          );
        }
      },
    );
  },
  chmod(args, process) {
    const [mode = "", ...paths] = args.filter((argument) => !/^-[Rvf]+$/.test(argument));
    return each(
      paths,
      process,
      (path) => `chmod: cannot access '${path}'`,
      (path) => {
        const change = (name: string) =>
          process.machine.files.changeMode(name, process.user, modeChange(mode));
        if (has(args, "R")) walk(process, path, change);
        else change(path);
      },
    );
  },
  chown(args, process) {
    const [owner = "", ...paths] = operands(args);
    const [user = "", group] = owner.split(/[:.]/);
    const uid = user === "" ? undefined : identifier(user);
    const gid = group === undefined ? undefined : group === "" ? uid : identifier(group);
    return each(
      paths,
      process,
      (path) => `chown: changing ownership of '${path}'`,
      (path) => {
        const change = (name: string) => process.machine.files.changeOwner(name, process.user, uid, gid);
        if (has(args, "R", "recursive")) walk(process, path, change);
        else change(path);
      },
    );
  },
  mktemp(args, process) {
    const random = process.machine.random().toString(36).slice(2, 12).padEnd(10, "x");
    const [template] = operands(args);
    const path = template
      ? absolute(
          process,
          template.replace(/X{3,}$/, (all) => random.slice(0, all.length)),
        )
      : `/tmp/tmp.${random}`;
    const { files } = process.machine;
    if (has(args, "d")) files.makeDirectory(path, process.user, false);
    else files.write(path, Buffer.alloc(0), process.user);
    files.changeMode(path, process.user, () => (has(args, "d") ? 0o700 : 0o600));
    process.io.out(`${path}\n`);
    return 0;
  },
};
