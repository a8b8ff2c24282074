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

/** Brings the content into the guest: all of it or, on a failure, nothing of a single file. It may be done any number of times. */
export async function put(ctx: Context, inputs: FileInputs, deadline: Deadline): Promise<FileState> {
  const { instance } = inputs;
  return workIn(ctx, instance, deadline, async () => {
    await requireRunning(ctx, instance, deadline);
    return patiently(ctx, deadline, () =>
      inputs.directory === undefined
        ? putFile(ctx, inputs, deadline)
        : putFolder(ctx, inputs, inputs.directory, deadline),
    );
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
  folder: string,
  deadline: Deadline,
): Promise<FileState> {
  const { instance, path, parents = true } = inputs;
  const entries = readFolder(folder);
  let said = "";
  ctx.log.status(`writing ${entries.length} files to ${path}`);
  await withTemporary(ctx, instance, await tar(entries), deadline, async (temporary) => {
    const to = ownerOf(inputs);
    const steps = [
      ...(parents ? [makeFolders(posix.dirname(path))] : []),
      // Only folders that are made here change hands: with `path: "/"` the others are the system's.
      makeFolder(path, to, `echo ${MADE}`),
      ...foldersOf(entries).map((relative) => makeFolder(posix.join(path, relative), to)),
      `sudo -n tar -x --no-same-owner -f ${quote(temporary)} -C ${quote(path)} || exit 1`,
      ...inChunks(entries).map(
        (some) =>
          `sudo -n chown ${to} -- ${some.map((one) => quote(posix.join(path, one.path))).join(" ")} || exit 1`,
      ),
    ];
    said = await runScript(ctx, instance, steps.join("\n"), deadline);
  });
  return {
    ...inputs,
    sha256: folderHash(entries),
    files: manifestOf(entries),
    ...(said.includes(MADE) && { madeFolder: true }),
  };
}

const MADE = "made";

/** @param then what is run where the folder was not there before */
function makeFolder(path: string, owner: string, then = ":"): string {
  const place = quote(path);
  return `sudo -n test -d ${place} || { sudo -n mkdir -- ${place} && sudo -n chown ${owner} ${place} && ${then}; } || exit 1`;
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

/** Milliseconds for the clean-up, which has a time of its own: what has used up the operation's must not leave a secret behind. */
const CLEAN_UP_MS = 30_000;

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
    // Its own signal, too: a process that is asked to end has this left to do.
    const enough = new Deadline(ctx.clock, CLEAN_UP_MS);
    await runScript(unhurried(ctx), instance, `sudo -n rm -rf -- ${quote(folder)}`, enough).catch(() => {
      ctx.log.warn(`unable to remove ${folder} in instance "${instance}"`);
    });
  }
}
