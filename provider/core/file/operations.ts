import { type DiffResult, difference, diffResult } from "../difference.ts";
import { findMachine, requireRunning, undoIn } from "../machine.ts";
import type { Operation } from "../operation/operation.ts";
import { isUnknown } from "../unknown.ts";
import { runScript } from "./guest.ts";
import { look } from "./look.ts";
import { FILE, type FileInputs, type FileState } from "./model.ts";
import { put, removal } from "./put.ts";
import { wantedHash } from "./source.ts";

export async function createFile(
  op: Operation,
  inputs: FileInputs,
): Promise<{ id: string; outs: FileState }> {
  const outs = await op.under(headline("write", inputs), () => put(op, inputs));
  return { id: `${inputs.instance}:${inputs.path}`, outs };
}

/** Compares the content with what is known to be in the guest, so that drift is corrected. */
export function diffFile(olds: FileState, news: FileInputs): DiffResult {
  const found = difference(olds, news, FILE);
  if (Boolean(olds.directory) !== Boolean(news.directory)) found.replaces.push("directory");
  if (contentDiffers(olds, news)) found.updates.push("content");
  return diffResult(found, true);
}

function contentDiffers(olds: FileState, news: FileInputs): boolean {
  return isUnknown(news.content) || wantedHash(news) !== olds.sha256;
}

export async function updateFile(
  op: Operation,
  olds: FileState,
  news: FileInputs,
): Promise<{ outs: FileState }> {
  if (difference(olds, news, FILE).updates.length === 0 && !contentDiffers(olds, news)) {
    return { outs: { ...news, ...keptOf(olds), sha256: olds.sha256 } };
  }
  return op.under(headline("write", news), async () => {
    const outs = await put(op, news);
    const gone = Object.keys(olds.files ?? {}).filter((path) => !(path in (outs.files ?? {})));
    await remove(op, news, gone);
    return { outs: { ...outs, ...(olds.madeFolder && { madeFolder: true }) } };
  });
}

/** Writes a file again after its instance was restored. */
export async function putBackFile(op: Operation, inputs: FileInputs): Promise<void> {
  await put(op, inputs);
}

/** What the state keeps about an unchanged folder. */
function keptOf({ files, madeFolder }: FileState): Partial<FileState> {
  return { ...(files && { files }), ...(madeFolder && { madeFolder }) };
}

/**
 * The current content in the guest. A stopped guest is not started to find out; its content is assumed
 * unchanged.
 */
export async function readFile(op: Operation, state: FileState): Promise<FileState | undefined> {
  return op.under(headline("read", state), () =>
    op.workIn(state.instance, async () => {
      const machine = await findMachine(op, state.instance);
      if (!machine) return undefined;
      return machine.state === "Running" ? look(op, state) : state;
    }),
  );
}

export async function deleteFile(op: Operation, state: FileState): Promise<void> {
  if (state.deletionPolicy === "keep") return;
  await op.under(headline("remove", state), () =>
    undoIn(op, state.instance, () => remove(op, state, state.files ? Object.keys(state.files) : [undefined])),
  );
}

function remove(
  op: Operation,
  { instance, path, madeFolder }: Pick<FileState, "instance" | "path" | "madeFolder">,
  files: readonly (string | undefined)[],
): Promise<void> {
  if (files.length === 0) return Promise.resolve();
  const script = removal(path, files, madeFolder ?? false);
  return op.workIn(instance, async () => {
    await requireRunning(op, instance);
    await op.patiently(() => runScript(op, instance, script));
  });
}

function headline(verb: string, { instance, path }: FileInputs): string {
  return `Unable to ${verb} ${path} in instance "${instance}"`;
}
