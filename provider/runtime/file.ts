import { checkFile } from "../lifecycle/file/check.ts";
import type { FileInputs, FileState } from "../lifecycle/file/model.ts";
import { createFile, deleteFile, diffFile, readFile, updateFile } from "../lifecycle/file/operations.ts";
import { type FromPulumi, operation } from "../operation.ts";
import { readResult } from "./read-result.ts";

/** The operations of `File`, in the signatures of Pulumi's dynamic `ResourceProvider`. */
export const file = {
  async check(_olds: unknown, news: Record<string, unknown>) {
    return checkFile(news);
  },

  async diff(_id: string, olds: FileState, news: FileInputs) {
    return diffFile(olds, news);
  },

  create(inputs: FromPulumi<FileInputs>) {
    return operation(inputs, createFile);
  },

  async read(id: string, state: FromPulumi<FileState>) {
    return readResult(id, await operation(state, readFile));
  },

  update(_id: string, olds: FromPulumi<FileState>, news: FromPulumi<FileInputs>) {
    return operation(news, (ctx, args) => updateFile(ctx, olds, args), olds);
  },

  delete(_id: string, state: FromPulumi<FileState>): Promise<void> {
    return operation(state, deleteFile);
  },
};
