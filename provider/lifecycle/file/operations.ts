import { Deadline } from "../../readiness/clock.ts";
import type { Context } from "../context.ts";
import { type DiffResult, difference, diffResult } from "../difference.ts";
import { workIn } from "../lock.ts";
import { findMachine, requireRunning, under, undoIn } from "../machine.ts";
import { patiently } from "../patience.ts";
import { timeoutOf } from "../timing.ts";
import { isUnknown } from "../unknown.ts";
import { runScript } from "./guest.ts";
import { look } from "./look.ts";
import { FILE_COSTS, type FileInputs, type FileState } from "./model.ts";
import { put, removal } from "./put.ts";
import { wantedHash } from "./source.ts";

export async function createFile(ctx: Context, inputs: FileInputs): Promise<{ id: string; outs: FileState }> {
  const deadline = new Deadline(ctx.clock, timeoutOf("create", inputs));
  const outs = await under(headline("write", inputs), put(ctx, inputs, deadline));
  return { id: `${inputs.instance}:${inputs.path}`, outs };
}

/** Content is compared with what is in the guest, as far as that is known: what was changed there is put right again. */
export function diffFile(olds: FileState, news: FileInputs): DiffResult {
  const found = difference(olds, news, FILE_COSTS);
  if (Boolean(olds.directory) !== Boolean(news.directory)) found.replaces.push("directory");
  if (contentDiffers(olds, news)) found.updates.push("content");
  return diffResult(found, true);
}

function contentDiffers(olds: FileState, news: FileInputs): boolean {
  return isUnknown(news.content) || wantedHash(news) !== olds.sha256;
}

export async function updateFile(
  ctx: Context,
  olds: FileState,
  news: FileInputs,
): Promise<{ outs: FileState }> {
  if (difference(olds, news, FILE_COSTS).updates.length === 0 && !contentDiffers(olds, news)) {
    return { outs: { ...news, ...keptOf(olds), sha256: olds.sha256 } };
  }
  const deadline = new Deadline(ctx.clock, timeoutOf("update", news));
  return under(
    headline("write", news),
    (async () => {
      const outs = await put(ctx, news, deadline);
      const gone = Object.keys(olds.files ?? {}).filter((path) => !(path in (outs.files ?? {})));
      await remove(ctx, news, gone, deadline);
      return { outs: { ...outs, ...(olds.madeFolder && { madeFolder: true }) } };
    })(),
  );
}

/** Writes a file again into an instance that was restored. */
export async function putBackFile(ctx: Context, inputs: FileInputs): Promise<void> {
  const deadline = new Deadline(ctx.clock, timeoutOf("update", inputs));
  await put(ctx, inputs, deadline);
}

/** What is known of a folder that is left as it is. */
function keptOf({ files, madeFolder }: FileState): Partial<FileState> {
  return { ...(files && { files }), ...(madeFolder && { madeFolder }) };
}

/** What is in the guest now. A guest that does not run cannot be asked, and is not started for it: then nothing is known to differ. */
export async function readFile(ctx: Context, state: FileState): Promise<FileState | undefined> {
  const deadline = new Deadline(ctx.clock, timeoutOf("read", state));
  return under(
    headline("read", state),
    workIn(ctx, state.instance, deadline, async () => {
      const machine = await findMachine(ctx, state.instance, deadline);
      if (!machine) return undefined;
      return machine.state === "Running" ? look(ctx, state, deadline) : state;
    }),
  );
}

export async function deleteFile(ctx: Context, state: FileState): Promise<void> {
  if (state.deletionPolicy === "keep") return;
  const deadline = new Deadline(ctx.clock, timeoutOf("delete", state));
  await under(
    headline("remove", state),
    undoIn(ctx, state.instance, deadline, () =>
      remove(ctx, state, state.files ? Object.keys(state.files) : [undefined], deadline),
    ),
  );
}

function remove(
  ctx: Context,
  { instance, path, madeFolder }: Pick<FileState, "instance" | "path" | "madeFolder">,
  files: readonly (string | undefined)[],
  deadline: Deadline,
): Promise<void> {
  if (files.length === 0) return Promise.resolve();
  const script = removal(path, files, madeFolder ?? false);
  return workIn(ctx, instance, deadline, async () => {
    await requireRunning(ctx, instance, deadline);
    await patiently(ctx, deadline, () => runScript(ctx, instance, script, deadline));
  });
}

function headline(verb: string, { instance, path }: FileInputs): string {
  return `Unable to ${verb} ${path} in instance "${instance}"`;
}
