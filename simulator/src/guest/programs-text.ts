import { createHash } from "node:crypto";
import { posix } from "node:path";
import { GuestFileError } from "./file-system.ts";
import type { Process } from "./process.ts";
import type { Program } from "./program.ts";
import { isOption, operands } from "./program-arguments.ts";

/** Reads the files named by arguments, or stdin, and reports those that cannot be read. */
async function inputs(
  name: string,
  paths: string[],
  process: Process,
): Promise<{ contents: { path: string; data: Buffer }[]; status: number }> {
  if (paths.length === 0) return { contents: [{ path: "-", data: await process.io.read() }], status: 0 };
  const contents: { path: string; data: Buffer }[] = [];
  let status = 0;
  for (const path of paths) {
    try {
      const data =
        path === "-"
          ? await process.io.read()
          : process.machine.files.read(posix.resolve(process.cwd, path), process.user);
      contents.push({ path, data });
    } catch (error) {
      if (!(error instanceof GuestFileError)) throw error;
      process.io.err(`${name}: ${path}: ${error.message}\n`);
      status = 1;
    }
  }
  return { contents, status };
}

function interpretEscapes(text: string): string {
  const known: Record<string, string> = {
    n: "\n",
    t: "\t",
    r: "\r",
    "\\": "\\",
    a: "\u0007",
    "0": "\0",
    e: "\u001b",
  };
  return text.replace(/\\([ntr\\a0e])/g, (_, letter: string) => known[letter] as string);
}

const lines = (data: Buffer): string[] => {
  const text = data.toString("utf8");
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
};

function headOrTail(name: string, take: (all: string[], count: number) => string[]): Program {
  return async (args, process) => {
    let count = 10;
    let bytes: number | undefined;
    const paths: string[] = [];
    for (let index = 0; index < args.length; index += 1) {
      const argument = args[index] as string;
      if (argument === "-n") count = Number(args[++index]);
      else if (argument === "-c") bytes = Number(args[++index]);
      else if (/^-n?\d+$/.test(argument)) count = Number(argument.replace(/^-n?/, ""));
      else if (!isOption(argument)) paths.push(argument);
    }
    const { contents, status } = await inputs(name, paths, process);
    for (const { data } of contents) {
      if (bytes !== undefined)
        process.io.out(name === "head" ? data.subarray(0, bytes) : data.subarray(-bytes));
      else
        process.io.out(
          take(lines(data), count)
            .map((line) => `${line}\n`)
            .join(""),
        );
    }
    return status;
  };
}

const sha256sum: Program = async (args, process) => {
  const { contents, status } = await inputs("sha256sum", operands(args), process);
  if (args.includes("-c") || args.includes("--check")) {
    let failed = status;
    for (const line of contents.flatMap(({ data }) => lines(data))) {
      const [, expected, path = ""] = /^(\w+) [ *](.*)$/.exec(line) ?? [];
      const data = process.machine.files.read(posix.resolve(process.cwd, path), process.user);
      const ok = createHash("sha256").update(data).digest("hex") === expected;
      process.io.out(`${path}: ${ok ? "OK" : "FAILED"}\n`);
      if (!ok) failed = 1;
    }
    return failed;
  }
  for (const { path, data } of contents) {
    process.io.out(`${createHash("sha256").update(data).digest("hex")}  ${path}\n`);
  }
  return status;
};

export const textPrograms: Record<string, Program> = {
  true: () => 0,
  false: () => 1,
  echo(args, { io }) {
    const rest = [...args];
    let newline = true;
    let escapes = false;
    while (/^-[ne]+$/.test(rest[0] ?? "")) {
      const option = rest.shift() as string;
      if (option.includes("n")) newline = false;
      if (option.includes("e")) escapes = true;
    }
    const text = rest.join(" ");
    io.out((escapes ? interpretEscapes(text) : text) + (newline ? "\n" : ""));
    return 0;
  },
  printf([format = "", ...values], { io }) {
    const rest = [...values];
    do {
      io.out(
        interpretEscapes(format).replace(/%([sdi%])/g, (_, kind: string) =>
          kind === "%" ? "%" : kind === "s" ? (rest.shift() ?? "") : String(Number(rest.shift() ?? 0)),
        ),
      );
    } while (rest.length > 0 && /%[sdi]/.test(format));
    return 0;
  },
  async cat(args, process) {
    const { contents, status } = await inputs("cat", operands(args), process);
    for (const { data } of contents) process.io.out(data);
    return status;
  },
  async tee(args, process) {
    const data = await process.io.read();
    process.io.out(data);
    let status = 0;
    for (const path of operands(args)) {
      try {
        process.machine.files.write(
          posix.resolve(process.cwd, path),
          data,
          process.user,
          args.includes("-a"),
        );
      } catch (error) {
        if (!(error instanceof GuestFileError)) throw error;
        process.io.err(`tee: ${path}: ${error.message}\n`);
        status = 1;
      }
    }
    return status;
  },
  head: headOrTail("head", (all, count) => all.slice(0, count)),
  tail: headOrTail("tail", (all, count) => all.slice(-count)),
  async wc(args, process) {
    const { contents, status } = await inputs("wc", operands(args), process);
    for (const { path, data } of contents) {
      const text = data.toString("utf8");
      const counts: Record<string, number> = {
        l: text.split("\n").length - 1,
        w: text.split(/\s+/).filter(Boolean).length,
        c: data.length,
      };
      const options = args.filter(isOption).join("").replace(/-/g, "") || "lwc";
      const shown = [...options].map((option) => String(counts[option] ?? 0)).join(" ");
      process.io.out(`${shown}${path === "-" ? "" : ` ${path}`}\n`);
    }
    return status;
  },
  async sort(args, process) {
    const { contents, status } = await inputs("sort", operands(args), process);
    let all = contents.flatMap(({ data }) => lines(data)).sort();
    if (args.some((argument) => isOption(argument) && argument.includes("u"))) all = [...new Set(all)];
    if (args.some((argument) => isOption(argument) && argument.includes("r"))) all.reverse();
    process.io.out(all.map((line) => `${line}\n`).join(""));
    return status;
  },
  async grep(args, process) {
    const options = args.filter(isOption).join("");
    const [pattern = "", ...paths] = operands(args);
    const source = options.includes("F") ? pattern.replace(/[.*+?^${}()|[\]\\]/g, "\\$&") : pattern;
    const expression = new RegExp(
      options.includes("x") ? `^(?:${source})$` : source,
      options.includes("i") ? "i" : "",
    );
    const { contents, status } = await inputs("grep", paths, process);
    const found = contents
      .flatMap(({ data }) => lines(data))
      .filter((line) => expression.test(line) !== options.includes("v"));
    if (options.includes("c")) process.io.out(`${found.length}\n`);
    else if (!options.includes("q")) process.io.out(found.map((line) => `${line}\n`).join(""));
    return found.length > 0 ? 0 : status === 0 ? 1 : 2;
  },
  async base64(args, process) {
    const { contents, status } = await inputs(
      "base64",
      args.filter((argument) => !isOption(argument) && !/^\d+$/.test(argument)),
      process,
    );
    const decode = args.includes("-d") || args.includes("--decode");
    for (const { data } of contents) {
      if (decode) process.io.out(Buffer.from(data.toString("utf8"), "base64"));
      else
        process.io.out(
          `${data.toString("base64").replace(/(.{76})(?=.)/g, args.some((a) => /^-w/.test(a)) ? "$1" : "$1\n")}\n`,
        );
    }
    return status;
  },
  sha256sum,
  seq(args, { io }) {
    const [first, last] = args.length > 1 ? [Number(args[0]), Number(args.at(-1))] : [1, Number(args[0])];
    for (let number = first; number <= last; number += 1) io.out(`${number}\n`);
    return 0;
  },
  basename([path = "", suffix = ""], { io }) {
    io.out(`${posix.basename(path, suffix)}\n`);
    return 0;
  },
  dirname([path = ""], { io }) {
    io.out(`${posix.dirname(path)}\n`);
    return 0;
  },
};
