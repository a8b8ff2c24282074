import { posix } from "node:path";
import { MultipassError } from "../../multipass/errors.ts";
import { quote } from "../../multipass/guest-command.ts";
import { sendFile } from "../../multipass/transfer.ts";
import { Deadline } from "../../readiness/clock.ts";
import type { Context } from "../context.ts";
import { workIn } from "../lock.ts";
import { requireRunning } from "../machine.ts";
import { patiently } from "../patience.ts";
import { unhurried } from "../timing.ts";
import { inChunks, makeFolders, runScript, whatRemains } from "./guest.ts";
import type { FileInputs, FileState } from "./model.ts";
import { folderHash, manifestOf, readFolder, readSource, sha256 } from "./source.ts";
import { type TarEntry, tar } from "./tar.ts";

/** Brings the content into the guest: all of it or, on a failure, nothing of a file or of a new folder. It may be done any number of times. */
export async function put(ctx: Context, inputs: FileInputs, deadline: Deadline): Promise<FileState> {
  const { instance } = inputs;
  return workIn(ctx, instance, deadline, async () => {
    await requireRunning(ctx, instance, deadline);
    return inputs.directory === undefined
      ? patiently(ctx, deadline, () => putFile(ctx, inputs, deadline))
      : putFolder(ctx, inputs, readFolder(inputs.directory), deadline);
  });
}

async function putFile(ctx: Context, inputs: FileInputs, deadline: Deadline): Promise<FileState> {
  const { instance, path, mode = "0644", parents = true } = inputs;
  const content =
    inputs.content === undefined ? readSource(inputs.source) : Buffer.from(inputs.content, "utf8");
  ctx.log.status(`writing ${path}`);
  await withTemporary(ctx, instance, content, deadline, async (temporary) => {
    // Owner and mode before the move: nobody sees the content who may not.
    const steps = [
      ...(parents ? [makeFolders(posix.dirname(path))] : []),
      `if sudo -n test -d ${quote(path)}; then echo ${quote(`${path} is a folder`)} >&2; exit 1; fi`,
      `sudo -n chmod ${mode} ${quote(temporary)} || exit 1`,
      `sudo -n chown ${ownerOf(inputs)} ${quote(temporary)} || exit 1`,
      `sudo -n mv -f -- ${quote(temporary)} ${quote(path)} || exit 1`,
      `sudo -n cat -- ${quote(path)} | sha256sum`,
    ];
    const [arrived] = (await runScript(ctx, instance, steps.join("\n"), deadline)).split(" ");
    if (arrived !== sha256(content)) {
      throw new MultipassError(`${path} did not arrive whole`, {
        kind: "guest-unreachable",
        transient: true,
      });
    }
  });
  return { ...inputs, sha256: sha256(content) };
}

async function putFolder(
  ctx: Context,
  inputs: FileInputs,
  entries: readonly TarEntry[],
  deadline: Deadline,
): Promise<FileState> {
  const { instance, path } = inputs;
  // Once, for all tries: to the second one the folder of the first looks like anybody's.
  // A `sudo` that fails must not pass for an answer.
  const look = `sudo -n true || exit 1; sudo -n test -d ${quote(path)} && echo ${THERE} || true`;
  const seen = await patiently(ctx, deadline, () => runScript(ctx, instance, look, deadline));
  const isNew = !seen.includes(THERE);
  try {
    await patiently(ctx, deadline, () => fillFolder(ctx, inputs, entries, deadline));
  } catch (error) {
    const files = entries.map((entry) => entry.path);
    if (isNew) await cleanUp(ctx, instance, path, removal(path, files, true));
    throw error;
  }
  return {
    ...inputs,
    sha256: folderHash(entries),
    files: manifestOf(entries),
    ...(isNew && { madeFolder: true }),
  };
}

const THERE = "there";

async function fillFolder(
  ctx: Context,
  inputs: FileInputs,
  entries: readonly TarEntry[],
  deadline: Deadline,
): Promise<void> {
  const { instance, path, parents = true } = inputs;
  ctx.log.status(`writing ${entries.length} files to ${path}`);
  await withTemporary(ctx, instance, await tar(entries), deadline, async (temporary) => {
    const to = ownerOf(inputs);
    const steps = [
      ...(parents ? [makeFolders(posix.dirname(path))] : []),
      // Only folders that are made here change hands: with `path: "/"` the others are the system's.
      ...["", ...foldersOf(entries)].map((relative) => makeFolder(posix.join(path, relative), to)),
      `sudo -n tar -x --no-same-owner -f ${quote(temporary)} -C ${quote(path)} || exit 1`,
      ...inChunks(entries).map(
        (some) =>
          `sudo -n chown ${to} -- ${some.map((one) => quote(posix.join(path, one.path))).join(" ")} || exit 1`,
      ),
    ];
    await runScript(ctx, instance, steps.join("\n"), deadline);
  });
}

function makeFolder(path: string, owner: string): string {
  const place = quote(path);
  return `sudo -n test -d ${place} || { sudo -n mkdir -- ${place} && sudo -n chown ${owner} ${place}; } || exit 1`;
}

/** For `chown`; whom files belong to that nobody is named for is the guest's default user, who runs this. */
function ownerOf({ user, group }: FileInputs): string {
  const name = user === undefined ? '"$(id -un)"' : quote(user);
  if (group !== undefined) return `${name}:${quote(group)}`;
  // A colon without a group stands for the user's own.
  return `${name}:`;
}

/** The folders between the root of a tree and its files, each after the one it is in. */
export function foldersOf(entries: readonly Pick<TarEntry, "path">[]): string[] {
  const folders = new Set<string>();
  for (const { path } of entries) {
    const parts = path.split("/").slice(0, -1);
    for (let depth = 1; depth <= parts.length; depth += 1) folders.add(parts.slice(0, depth).join("/"));
  }
  return [...folders].sort();
}

/**
 * Removes files, then the folders that are empty without them.
 *
 * @param files relative to the path; undefined is the path itself
 */
export function removal(path: string, files: readonly (string | undefined)[], madeFolder: boolean): string {
  const places = files.map((file) => quote(file === undefined ? path : posix.join(path, file)));
  const within = files.filter((file) => file !== undefined).map((file) => ({ path: file }));
  const folders = [...(madeFolder ? [""] : []), ...foldersOf(within)].reverse();
  return [
    ...inChunks(places).map((some) => `sudo -n rm -f -- ${some.join(" ")} || exit 1`),
    ...folders.map((folder) => `sudo -n rmdir -- ${quote(posix.join(path, folder))} 2>/dev/null`),
    "true",
  ].join("\n");
}

/** Milliseconds for the clean-up, which has a time of its own: what has used up the operation's must not leave a secret behind. */
const CLEAN_UP_MS = 30_000;

/** With its own signal, too: a process that is asked to end has this left to do. */
async function cleanUp(ctx: Context, instance: string, path: string, script: string): Promise<void> {
  const enough = new Deadline(ctx.clock, CLEAN_UP_MS);
  await runScript(unhurried(ctx), instance, script, enough).catch(() => {
    ctx.log.warn(`unable to remove ${path} in instance "${instance}"`);
  });
}

/**
 * Sends the content to a file in a folder that only the guest's user can enter, whatever the file's own mode becomes, and sees to it that
 * neither stays.
 */
async function withTemporary(
  ctx: Context,
  instance: string,
  content: Uint8Array,
  deadline: Deadline,
  use: (temporary: string) => Promise<void>,
): Promise<void> {
  const folder = (await runScript(ctx, instance, "mktemp -d", deadline)).trim();
  const temporary = posix.join(folder, "content");
  try {
    await sendFile(ctx.host.driver, instance, temporary, content, whatRemains(ctx, deadline));
    await use(temporary);
  } finally {
    await cleanUp(ctx, instance, folder, `sudo -n rm -rf -- ${quote(folder)}`);
  }
}
