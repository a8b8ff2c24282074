import { posix } from "node:path";
import { quote } from "../../driver/guest-command.ts";
import { inChunks, NEEDS_SUDO, runScript } from "../guest.ts";
import type { Operation } from "../operation/operation.ts";
import { type FileState, octal } from "./model.ts";
import { sha256 } from "./source.ts";
import { isTree } from "./tree.ts";

/** The file as it is in a running guest; undefined if it is gone. */
export function look(op: Operation, olds: FileState): Promise<FileState | undefined> {
  return op.patiently(() => (isTree(olds) ? lookAtFolder(op, olds) : lookAtFile(op, olds)));
}

async function lookAtFile(op: Operation, olds: FileState): Promise<FileState | undefined> {
  const path = quote(olds.path);
  const script = `${NEEDS_SUDO}
sudo -n test -f ${path} || { echo absent; exit 0; }
sudo -n stat -L -c '%a %U %G %u %g' -- ${path} || exit 1
sudo -n cat -- ${path} | sha256sum`;
  const [first = "", second = ""] = (await runScript(op, olds.instance, script)).split("\n");
  if (first === "absent") return undefined;
  const [mode = "", user = "", group = "", uid = "", gid = ""] = first.split(" ");
  return {
    ...olds,
    sha256: second.split(" ")[0] ?? "",
    ...(olds.mode !== undefined && { mode: octal(mode) }),
    ...(olds.user !== undefined && ![user, uid].includes(olds.user) && { user }),
    ...(olds.group !== undefined && ![group, gid].includes(olds.group) && { group }),
  };
}

/** Digest of a file. That of a lost one is the digest of nothing, so an empty one has to be there. */
function digestOf(place: string, expected: string | undefined): string {
  const digest = `sudo -n cat -- ${place} 2>/dev/null | sha256sum`;
  return expected === sha256("") ? `sudo -n test -f ${place} && ${digest} || echo gone` : digest;
}

/** Checks only the files that we put into the folder, and ignores all others. */
async function lookAtFolder(op: Operation, olds: FileState): Promise<FileState | undefined> {
  const files = olds.files ?? {};
  const seen: Record<string, string> = {};
  const absent = `${NEEDS_SUDO}
sudo -n test -d ${quote(olds.path)} || { echo absent; exit 0; }`;
  const chunks = inChunks(Object.keys(files));
  for (const some of chunks.length > 0 ? chunks : [[]]) {
    // One command per file, since `sha256sum` escapes unusual names.
    const script = [
      absent,
      ...some.map((path) =>
        path.endsWith("/")
          ? `sudo -n test -d ${quote(posix.join(olds.path, path))} && echo || echo gone`
          : digestOf(quote(posix.join(olds.path, path)), files[path]),
      ),
    ].join("\n");
    const printed = (await runScript(op, olds.instance, script)).split("\n");
    if (printed[0] === "absent") return undefined;
    for (const [index, path] of some.entries()) seen[path] = printed[index]?.split(" ")[0] ?? "";
  }
  const changed = Object.entries(files).filter(([path, digest]) => seen[path] !== digest);
  return changed.length === 0
    ? olds
    : { ...olds, sha256: sha256(changed.map(([path]) => `${seen[path]} ${path}\n`).join("")) };
}
