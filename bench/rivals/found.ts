import { accessSync, constants, readFileSync, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";
import { execaSync } from "execa";

/** Absolute path of a program on the PATH. */
export function found(program: string): string | undefined {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const file = join(folder, program);
    try {
      accessSync(file, constants.X_OK);
      return realpathSync(file);
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** The commit that Go has recorded in a program that it built; undefined if it recorded none. */
export function commitOf(program: string): string | undefined {
  const file = found(program);
  if (file === undefined) return undefined;
  return /vcs\.revision=([0-9a-f]{10})/.exec(readFileSync(file, "latin1"))?.[1];
}

/** The first line that a program prints about its version. */
export function versionOf(program: string): string {
  return execaSync(program, ["version"], { reject: false }).stdout?.toString().split("\n")[0] ?? "";
}
