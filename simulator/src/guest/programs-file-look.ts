import { posix } from "node:path";
import { GuestFileError } from "./file-system.ts";
import { nameOf, symbolicMode } from "./permissions.ts";
import type { Process } from "./process.ts";
import type { Program } from "./program.ts";
import { each, has, operands } from "./program-arguments.ts";

/** What is at or below a path, with its depth. Links are not followed. */
function* walk(process: Process, path: string, depth = 0): Generator<{ path: string; depth: number }> {
  const { files } = process.machine;
  yield { path, depth };
  const place = posix.resolve(process.cwd, path);
  if (files.stat(place, false)?.type !== "directory" || !files.permits(place, process.user, "r")) return;
  for (const name of files.list(place, process.user)) {
    yield* walk(process, `${path.replace(/\/$/, "")}/${name}`, depth + 1);
  }
}

/** Programs that list and inspect files. */
export const fileLookPrograms: Record<string, Program> = {
  pwd(_args, process) {
    process.io.out(`${process.cwd}\n`);
    return 0;
  },
  stat(args, process) {
    const at = args.findIndex((argument) => argument === "-c" || argument === "--format");
    const joined = args.find((argument) => /^(-c.|--format=|--printf=)/.test(argument));
    const format = at >= 0 ? (args[at + 1] ?? "") : joined?.replace(/^(-c|--format=|--printf=)/, "");
    const paths = operands(at >= 0 ? args.filter((_, index) => index !== at && index !== at + 1) : args);
    return each(
      paths,
      process,
      (path) => `stat: cannot statx '${path}'`,
      (path, given) => {
        const node = process.machine.files.stat(path, has(args, "L", "dereference"));
        if (!node) throw new GuestFileError("No such file or directory");
        const kind = {
          directory: "directory",
          link: "symbolic link",
          file: node.size > 0 ? "regular file" : "regular empty file",
        }[node.type];
        const values: Record<string, string> = {
          a: node.mode.toString(8),
          A: symbolicMode(node),
          u: String(node.uid),
          g: String(node.gid),
          U: nameOf(node.uid),
          G: nameOf(node.gid),
          s: String(node.size),
          n: given,
          F: kind,
          Y: String(Math.floor(node.mtime / 1000)),
        };
        const text = format ?? "  File: %n\n  Size: %s\t%F\nAccess: (0%a/%A)  Uid: (%u/%U)   Gid: (%g/%G)";
        process.io.out(
          `${text.replace(/%([aAugUGsnFY])/g, (_, letter: string) => values[letter] as string)}\n`,
        );
      },
    );
  },
  /** `find PATH… [-maxdepth N] [-type f] [-xtype f] [-print0]` */
  find(args, process) {
    const option = (name: string) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
    const end = args.findIndex((argument) => argument.startsWith("-"));
    const starts = end < 0 ? args : args.slice(0, end);
    const deepest = Number(option("-maxdepth") ?? Number.POSITIVE_INFINITY);
    const kind = option("-xtype") ?? option("-type");
    return each(
      starts.length > 0 ? starts : ["."],
      process,
      (path) => `find: '${path}'`,
      (place, given) => {
        if (!process.machine.files.stat(place, false)) throw new GuestFileError("No such file or directory");
        for (const { path, depth } of walk(process, given)) {
          const node = process.machine.files.stat(posix.resolve(process.cwd, path), args.includes("-xtype"));
          if (depth > deepest || (kind !== undefined && node?.type !== { f: "file", d: "directory" }[kind]))
            continue;
          process.io.out(path + (args.includes("-print0") ? "\0" : "\n"));
        }
      },
    );
  },
  ls(args, process) {
    const paths = operands(args);
    return each(
      paths.length > 0 ? paths : ["."],
      process,
      (path) => `ls: cannot access '${path}'`,
      (path, given) => {
        const { files } = process.machine;
        const node = files.stat(path);
        if (!node) throw new GuestFileError("No such file or directory");
        const listed = node.type === "directory" && !has(args, "d");
        const names = listed ? files.list(path, process.user) : [given];
        for (const name of names) {
          if (listed && name.startsWith(".") && !has(args, "a", "all") && !has(args, "A")) continue;
          const own = files.stat(posix.resolve(listed ? path : process.cwd, name), false) ?? node;
          process.io.out(
            has(args, "l")
              ? `${symbolicMode(own)} 1 ${nameOf(own.uid)} ${nameOf(own.gid)} ${own.size} ${new Date(own.mtime).toISOString().slice(0, 16).replace("T", " ")} ${name}\n`
              : `${name}\n`,
          );
        }
      },
    );
  },
};
