import { GuestFileError, type GuestNode } from "./file-system.ts";

/** Parses a mode as chmod does: `0644`, `u+x`, `a-w`, `go=r`. */
export function modeChange(text: string): (old: number, directory: boolean) => number {
  if (/^[0-7]+$/.test(text)) return () => Number.parseInt(text, 8);
  return (old, directory) => {
    let mode = old;
    for (const [, who = "", operator, letters = ""] of text.matchAll(/([ugoa]*)([-+=])([rwxX]*)/g)) {
      const bits =
        (letters.includes("r") ? 4 : 0) |
        (letters.includes("w") ? 2 : 0) |
        (letters.includes("x") || (letters.includes("X") && (directory || (old & 0o111) !== 0)) ? 1 : 0);
      for (const [letter, shift] of [
        ["u", 6],
        ["g", 3],
        ["o", 0],
      ] as const) {
        if (who !== "" && !who.includes(letter) && !who.includes("a")) continue;
        if (operator === "+") mode |= bits << shift;
        else if (operator === "-") mode &= ~(bits << shift);
        else mode = (mode & ~(7 << shift)) | (bits << shift);
      }
    }
    return mode;
  };
}

const USERS: Record<string, number> = { root: 0, ubuntu: 1000, nobody: 65534, "www-data": 33 };
const USER_NAMES = Object.fromEntries(Object.entries(USERS).map(([name, id]) => [id, name]));
export const nameOf = (id: number) => USER_NAMES[id] ?? String(id);

export function identifier(name: string): number {
  if (/^\d+$/.test(name)) return Number(name);
  const known = USERS[name];
  if (known === undefined) throw new GuestFileError(`invalid user: '${name}'`);
  return known;
}

export function symbolicMode({ type, mode }: GuestNode): string {
  const letters = ["---", "--x", "-w-", "-wx", "r--", "r-x", "rw-", "rwx"];
  const kind = { directory: "d", link: "l", file: "-" }[type];
  return kind + [6, 3, 0].map((shift) => letters[(mode >> shift) & 7]).join("");
}
