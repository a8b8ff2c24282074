import { posix } from "node:path";
import type { Process } from "./process.ts";
import type { Program } from "./program.ts";

function test(args: string[], process: Process): boolean {
  const { files } = process.machine;
  const or = args.indexOf("-o");
  if (or > 0) return test(args.slice(0, or), process) || test(args.slice(or + 1), process);
  const and = args.indexOf("-a");
  if (and > 0) return test(args.slice(0, and), process) && test(args.slice(and + 1), process);
  if (args[0] === "!") return !test(args.slice(1), process);
  if (args.length === 0) return false;
  if (args.length === 1) return args[0] !== "";
  if (args.length === 2) {
    const [operator, operand = ""] = args;
    const path = posix.resolve(process.cwd, operand);
    const node = () => files.stat(path);
    switch (operator) {
      case "-z":
        return operand === "";
      case "-n":
        return operand !== "";
      case "-e":
        return node() !== undefined;
      case "-f":
        return node()?.type === "file";
      case "-d":
        return node()?.type === "directory";
      case "-L":
      case "-h":
        return files.stat(path, false)?.type === "link";
      case "-s":
        return (node()?.size ?? 0) > 0;
      case "-r":
      case "-w":
      case "-x":
        return files.permits(path, process.user, operator[1] as "r" | "w" | "x");
      default:
        return false;
    }
  }
  const [left = "", operator = "", right = ""] = args;
  const [a, b] = [Number(left), Number(right)];
  const comparisons: Record<string, boolean> = {
    "=": left === right,
    "==": left === right,
    "!=": left !== right,
    "-eq": a === b,
    "-ne": a !== b,
    "-lt": a < b,
    "-le": a <= b,
    "-gt": a > b,
    "-ge": a >= b,
  };
  return comparisons[operator] ?? false;
}

export const testPrograms: Record<string, Program> = {
  test: (args, process) => Number(!test(args, process)),
  "[": (args, process) => Number(!test(args.slice(0, -1), process)),
  "[[": (args, process) => Number(!test(args.slice(0, -1), process)),
};
