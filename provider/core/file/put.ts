import { createHash } from "node:crypto";
import { posix } from "node:path";
import { Readable } from "node:stream";
import { MultipassError } from "../../driver/errors.ts";
import { quote } from "../../driver/guest-command.ts";
import { inChunks, makeFolders, NEEDS_SUDO, runScript } from "../guest.ts";
import { requireRunning } from "../instances.ts";
import type { Operation } from "../operation/operation.ts";
import type { FileInputs, FileState } from "./model.ts";
import { hashing, Manifest, sha256, tarStream } from "./source.ts";
import { contentOf, filesOf, isTree } from "./tree.ts";

/** What a failed write may have left in the guest. */
export class Traces {
  /** Whether the file or the folder may have changed. */
  any = false;
  /** The files that may be in the folder. */
  readonly files = new Set<string>();
  madeFolder = false;

  clear(): void {
    this.any = this.madeFolder = false;
    this.files.clear();
  }
}

/**
 * Writes the content into the guest. Safe to repeat. A failure leaves no partial file and no partial new
 * folder. A folder that existed before may already contain some of the files.
 *
 * @param before the files that an earlier version put into the folder
 * @param traces records what any try may have left, even if all tries fail
 */
export async function put(
  op: Operation,
  inputs: FileInputs,
  before: readonly string[] = [],
  traces = new Traces(),
): Promise<FileState> {
  const { instance } = inputs;
  return op.workIn(instance, async () => {
    await requireRunning(op, instance);
    return isTree(inputs)
      ? putFolder(op, inputs, before, traces)
      : op.patiently(() => putFile(op, inputs, traces));
  });
}

async function putFile(op: Operation, inputs: FileInputs, traces: Traces): Promise<FileState> {
  const { instance, path, mode = "0644", parents = true } = inputs;
  op.log.status(`writing ${path}`);
  const sent = createHash("sha256");
  let digest = "";
  await withTemporary(
    op,
    inputs,
    () => Readable.from(hashing(contentOf(inputs), sent)),
    async (temporary) => {
      digest = sent.digest("hex");
      // Set the owner and mode before the move, so that nobody without permission sees the content.
      const steps = [
        ...(parents ? [makeFolders(posix.dirname(path))] : []),
        refuseFolder(path),
        `sudo -n chmod ${mode} ${quote(temporary)} || exit 1`,
        `sudo -n chown ${ownerOf(inputs)} ${quote(temporary)} || exit 1`,
        `sudo -n mv -f -- ${quote(temporary)} ${quote(path)} || exit 1`,
        `sudo -n cat -- ${quote(path)} | sha256sum`,
      ];
      const [arrived] = (await runScript(op, instance, steps.join("\n"))).split(" ");
      if (arrived !== digest) {
        throw new MultipassError(`${path} arrived incomplete`, {
          kind: "guest-unreachable",
          transient: true,
        });
      }
    },
    () => {
      traces.any = true;
    },
  );
  return { ...inputs, sha256: digest };
}

function refuseFolder(path: string): string {
  return `if sudo -n test -d ${quote(path)}; then echo ${quote(`${path} is a folder`)} >&2; exit 1; fi`;
}

async function putFolder(
  op: Operation,
  inputs: FileInputs,
  before: readonly string[],
  traces: Traces,
): Promise<FileState> {
  const { instance, path } = inputs;
  // Checked once, before all tries: on the second, a folder from the first would look like somebody else's.
  const look = `${NEEDS_SUDO}; sudo -n test -d ${quote(path)} && echo ${THERE} || true`;
  const seen = await op.patiently(() => runScript(op, instance, look));
  const isNew = !seen.includes(THERE);
  let manifest = new Manifest(inputs);
  try {
    // Each try reads the source again, which may have changed or vanished.
    await op.patiently(async () => {
      manifest = new Manifest(inputs);
      await fillFolder(op, inputs, manifest, before, traces);
    });
  } catch (error) {
    traces.madeFolder = isNew && traces.any;
    if (traces.madeFolder) {
      const cleaned = await cleanUp(op, instance, path, removal(path, [...traces.files], true));
      if (cleaned !== undefined) traces.clear();
    }
    throw error;
  }
  return {
    ...inputs,
    sha256: manifest.hash,
    files: manifest.digests,
    ...(isNew && { madeFolder: true }),
  };
}

const THERE = "there";
const UNTOUCHED = "untouched";

async function fillFolder(
  op: Operation,
  inputs: FileInputs,
  manifest: Manifest,
  before: readonly string[],
  traces: Traces,
): Promise<void> {
  const { instance, path, parents = true } = inputs;
  op.log.status(`writing files to ${path}`);
  await withTemporary(
    op,
    inputs,
    () => tarStream(filesOf(inputs), manifest),
    async (temporary, begin) => {
      const { paths } = manifest;
      const files = paths.filter((one) => !one.endsWith("/"));
      op.log.status(`unpacking ${files.length === 1 ? "1 file" : `${files.length} files`} in ${path}`);
      const to = ownerOf(inputs);
      const folders = foldersOf(paths);
      const steps = [
        ...(parents ? [makeFolders(posix.dirname(path))] : []),
        `sudo -n chown ${to} ${quote(temporary)} || exit 1`,
        ...["", ...folders]
          .filter((one) => !before.includes(one))
          .map((one) => refuseFile(posix.join(path, one))),
        begin,
        ...makeWay(path, before, paths),
        // Only folders that we make get the owner: with `path: "/etc"`, the others belong to the system.
        ...["", ...folders].map((relative) => makeFolder(posix.join(path, relative), to)),
        `sudo -n tar -x --no-same-owner -f ${quote(temporary)} -C ${quote(path)} || exit 1`,
        ...inChunks(files).map(
          (some) =>
            `sudo -n chown ${to} -- ${some.map((one) => quote(posix.join(path, one))).join(" ")} || exit 1`,
        ),
      ];
      await runScript(op, instance, steps.join("\n"));
    },
    () => {
      traces.any = true;
      for (const one of manifest.paths) traces.files.add(one);
    },
  );
}

function refuseFile(path: string): string {
  const [place, reason] = [quote(path), quote(`${path} is not a folder`)];
  return `sudo -n test -d ${place} || ! sudo -n test -e ${place} || { echo ${reason} >&2; exit 1; }`;
}

function makeFolder(path: string, owner: string): string {
  const place = quote(path);
  return `sudo -n test -d ${place} || { sudo -n mkdir -- ${place} && sudo -n chown ${owner} ${place}; } || exit 1`;
}

/** The owner for `chown`. The default is the guest's default user, who runs this script. */
function ownerOf({ user, group }: FileInputs): string {
  const name = user === undefined ? '"$(id -un)"' : quote(user);
  if (group !== undefined) return `${name}:${quote(group)}`;
  // A colon without a group means the user's login group.
  return `${name}:`;
}

/** The folders between the root of a tree and its files, and empty ones, parents first. */
export function foldersOf(paths: readonly string[]): string[] {
  const folders = new Set<string>();
  for (const path of paths) {
    const parts = path.split("/").slice(0, -1);
    for (let depth = 1; depth <= parts.length; depth += 1) folders.add(parts.slice(0, depth).join("/"));
  }
  return [...folders].sort();
}

/** Removes files that a folder is to replace, and folders that a file is to replace. */
function makeWay(path: string, before: readonly string[], after: readonly string[]): string[] {
  const [files, folders] = [new Set(after), new Set(foldersOf(after))];
  const toFiles = foldersOf(before).filter((folder) => files.has(folder));
  const inside = before.filter((one) => toFiles.some((folder) => one.startsWith(`${folder}/`)));
  return [
    ...(inside.length > 0 ? [removal(path, inside, false)] : []),
    ...toFiles.map((folder) => refuseFolder(posix.join(path, folder))),
    ...before
      .filter((one) => folders.has(one))
      .map((one) => quote(posix.join(path, one)))
      // On a second try, the folder may already exist.
      .map((place) => `sudo -n test -d ${place} || sudo -n rm -f -- ${place} || exit 1`),
  ];
}

/**
 * Removes files, then the folders left empty. A failed update may have put a folder in a file's place.
 *
 * @param files undefined stands for the path itself
 */
export function removal(path: string, files: readonly (string | undefined)[], madeFolder: boolean): string {
  const inside = files.filter((file) => file !== undefined);
  const places = files
    .filter((file) => !file?.endsWith("/"))
    .map((file) => quote(file === undefined ? path : posix.join(path, file)));
  const folders = [...(madeFolder ? [""] : []), ...foldersOf(inside)].reverse();
  return [
    ...inChunks(places).map((some) => {
      const all = some.join(" ");
      const again = 'sudo -n test -d "$one" || sudo -n rm -f -- "$one" || exit 1';
      return `sudo -n rm -f -- ${all} 2>/dev/null || for one in ${all}; do ${again}; done`;
    }),
    ...inChunks(places).map((some) => `sudo -n rmdir -- ${some.join(" ")} 2>/dev/null`),
    ...folders.map((folder) => `sudo -n rmdir -- ${quote(posix.join(path, folder))} 2>/dev/null`),
    "true",
  ].join("\n");
}

/** Milliseconds for the clean-up, which even a cancelled operation makes: the file may hold a secret. */
const CLEAN_UP_MS = 30_000;

/** @returns what the script printed; undefined if it failed */
async function cleanUp(
  op: Operation,
  instance: string,
  path: string,
  script: string,
): Promise<string | undefined> {
  return runScript(op.undisturbed(CLEAN_UP_MS), instance, script).catch(() => {
    op.log.warn(`unable to remove ${path} in instance "${instance}"`);
    return undefined;
  });
}

/** Where the temporary folders of a resource begin, so that what a crash has left is found again. */
const temporaryOf = ({ owner, path }: Pick<FileInputs, "owner" | "path">) =>
  `/tmp/tmp.${sha256(`${owner} ${path}`).slice(0, 16)}.`;

/** Removes what an earlier try left because the daemon or the guest was away. */
export const removeLeft = (inputs: Pick<FileInputs, "owner" | "path">) =>
  `rm -rf -- ${temporaryOf(inputs)}* 2>/dev/null`;

/**
 * Sends the content to a temporary file that only the guest's user can reach, and removes it afterwards.
 *
 * @param use moves the file, or runs the step `begin` before it touches anything else
 * @param touched called after either of these, or if nobody can tell
 */
async function withTemporary(
  op: Operation,
  inputs: FileInputs,
  content: () => Readable,
  use: (temporary: string, begin: string) => Promise<void>,
  touched: () => void,
): Promise<void> {
  const { instance } = inputs;
  const make = `${removeLeft(inputs)}; mktemp -d ${temporaryOf(inputs)}XXXXXXXXXX`;
  const folder = (await runScript(op, instance, make)).trim();
  const temporary = posix.join(folder, "content");
  const begun = quote(posix.join(folder, "begun"));
  let isSent = false;
  try {
    await op.multipass.driver.transfer(instance, temporary, content(), op.rest);
    isSent = true;
    await use(temporary, `: >${begun} || exit 1`);
  } finally {
    const look = `test -e ${quote(temporary)} && ! test -e ${begun} && echo ${UNTOUCHED}`;
    const seen = await cleanUp(op, instance, folder, `${look}; sudo -n rm -rf -- ${quote(folder)}`);
    if (isSent && !seen?.includes(UNTOUCHED)) touched();
  }
}
