import { isMultipassError } from "../../driver/errors.ts";
import { unreadable } from "../asset.ts";
import { type CheckResult, guestPath, validate } from "../check.ts";
import { InitializationError } from "../context.ts";
import { type Costs, difference, needsUpdate, type Properties } from "../description.ts";
import { runScript } from "../guest.ts";
import { findInstance, requireRunning, undoIn } from "../instances.ts";
import type { Operation } from "../operation/operation.ts";
import { DescribedResource } from "../resource.ts";
import { hasUnknown, isUnknown } from "../unknown.ts";
import { look } from "./look.ts";
import { FILE, type FileInputs, type FileState, octal } from "./model.ts";
import { foldersOf, put, removal, removeLeft, Traces } from "./put.ts";
import { sourceHash, wantedHash } from "./source.ts";
import { isTree } from "./tree.ts";

export const file = new DescribedResource<FileInputs, FileState>({
  id: ({ instance, path }) => `${instance}:${path}`,
  manages: ({ instance, path, ...rest }) =>
    // Two resources may write directories into the same folder.
    !isTree(rest) ? { property: "path", of: ["file", instance, path] } : undefined,
  check: (_olds, news) => checkFile(news),
  diff: diffFile,
  create: createFile,
  read: readFile,
  update: updateFile,
  delete: deleteFile,
  import: "Declare the file with its content: `pulumi up` writes the same content in its place.",
  outcome: ({ path }) => `${path} is in place`,
  restorable: {
    in: ({ instance }) => instance,
    withoutUndone: (olds) => ({ ...olds, sha256: "" }),
    putBack: { while: "running", run: put },
  },
});

/** Validates the arguments, reads the content, and adds its digest. */
export async function checkFile(args: Properties): Promise<CheckResult<FileInputs>> {
  const { inputs: given, failures } = validate(FILE, args);
  const inputs: FileInputs = given;
  const { path, mode, content, source, directory } = inputs;
  if ([content, source, directory].filter((one) => one !== undefined).length !== 1) {
    failures.push({ property: "", reason: "Exactly one of content, source and directory must be set" });
  }
  const isSound = !failures.some(({ property }) => property === "path") && !isUnknown(path);
  if (isSound && !isUnknown(source) && !isTree(inputs) && /(?:^|\/)\.{0,2}$/.test(path)) {
    failures.push({ property: "path", reason: "names a folder: add the name of the file" });
  }
  if (isTree(inputs) && mode !== undefined) {
    failures.push({
      property: "mode",
      reason: "applies to a single file; in a directory, executable files get 0755 and all others 0644",
    });
  }
  if (failures.length > 0) return { inputs, failures };
  if (!isUnknown(path)) inputs.path = guestPath(path);
  if (mode !== undefined && !isUnknown(mode)) inputs.mode = octal(mode);
  for (const property of ["source", "directory"] as const) {
    if (inputs[property] === undefined || hasUnknown(inputs[property])) continue;
    try {
      inputs.sourceHash = await sourceHash(inputs);
    } catch (error) {
      failures.push(unreadable(property, error));
    }
  }
  return { inputs, failures };
}

/** @throws InitializationError once it may have left something in the guest */
async function createFile(op: Operation, inputs: FileInputs): Promise<FileState> {
  const traces = new Traces();
  return op
    .under(headline("write", inputs), () => put(op, inputs, [], traces))
    .catch((error: Error) => {
      throw withTraces(error, inputs, traces);
    });
}

/** The failure of a write, with all that it may have left. The next update or delete removes what it does not want. */
function withTraces(error: Error, inputs: FileInputs, traces: Traces, olds?: FileState): Error {
  if (!traces.any) return error;
  const tried = Object.fromEntries([...traces.files].map((path) => [path, ""]));
  const madeFolder = olds?.madeFolder || traces.madeFolder;
  const outs = {
    ...inputs,
    sha256: "",
    ...(isTree(inputs) && { files: { ...olds?.files, ...tried } }),
    ...(madeFolder && { madeFolder }),
  };
  return new InitializationError(outs, error);
}

/** Compares the content with what is known to be in the guest, so that drift is corrected. */
function diffFile(olds: FileState, news: FileInputs): Costs {
  const costs = difference(olds, news, FILE);
  if (!isUnknown(news.source) && isTree(olds) !== isTree(news)) {
    costs[isTree(news) === (news.directory !== undefined) ? "directory" : "source"] = "replace";
  }
  if (contentDiffers(olds, news)) costs["content"] = "update";
  return costs;
}

function contentDiffers(olds: FileState, news: FileInputs): boolean {
  return isUnknown(news.content) || wantedHash(news) !== olds.sha256;
}

/** @throws InitializationError once the guest may hold what the earlier state does not know */
async function updateFile(op: Operation, olds: FileState, news: FileInputs): Promise<FileState> {
  if (!needsUpdate(difference(olds, news, FILE)) && !contentDiffers(olds, news)) {
    const { sha256, files, madeFolder } = olds;
    return { ...news, sha256, ...(files && { files }), ...(madeFolder && { madeFolder }) };
  }
  const before = Object.keys(olds.files ?? {});
  const traces = new Traces();
  const write = async () => {
    const outs = await put(op, news, before, traces);
    traces.madeFolder ||= outs.madeFolder === true;
    const madeFolder = olds.madeFolder || traces.madeFolder;
    const after = Object.keys(outs.files ?? {});
    const kept = new Set([...after, ...foldersOf(after)]);
    const gone = before.filter((path) => !kept.has(path));
    await remove(op, news, gone);
    return { ...outs, ...(madeFolder && { madeFolder }) };
  };
  return op.under(headline("write", news), write).catch((error: Error) => {
    throw withTraces(error, news, traces, olds);
  });
}

/** The current content in the guest. A stopped guest is not started to find out. */
async function readFile(op: Operation, state: FileState): Promise<FileState | undefined> {
  return op.under(headline("read", state), () =>
    op.workIn(state.instance, async () => {
      const instance = await findInstance(op, state.instance);
      if (!instance) return undefined;
      return instance.state === "Running" ? look(op, state) : state;
    }),
  );
}

/**
 * Removes the file, or leaves it in an instance that is not running. Refusing would keep a stopped instance
 * from being destroyed, and with the instance the file is gone anyway.
 */
async function deleteFile(op: Operation, state: FileState): Promise<void> {
  const { instance, path, files, deletionPolicy } = state;
  if (deletionPolicy === "keep") return;
  await op.under(headline("remove", state), () =>
    undoIn(op, instance, async () => {
      try {
        await remove(op, state, files ? Object.keys(files) : [undefined]);
      } catch (error) {
        if (!isMultipassError(error, "instance-not-running", "instance-unknown-state")) throw error;
        op.log.warn(
          `${path} is left in instance "${instance}", which is not running. Remove it by hand if the instance stays`,
        );
      }
    }),
  );
}

function remove(
  op: Operation,
  state: Pick<FileState, "instance" | "owner" | "path" | "madeFolder">,
  files: readonly (string | undefined)[],
): Promise<void> {
  const { instance, path, madeFolder = false } = state;
  if (files.length === 0 && !madeFolder) return Promise.resolve();
  const script = `${removeLeft(state)}\n${removal(path, files, madeFolder)}`;
  return op.workIn(instance, async () => {
    await requireRunning(op, instance);
    await op.patiently(() => runScript(op, instance, script));
  });
}

function headline(verb: string, { instance, path }: FileInputs): string {
  return `Unable to ${verb} ${path} in instance "${instance}"`;
}
