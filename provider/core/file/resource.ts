import { outsOf, resourceOf } from "../resource.ts";
import { checkFile } from "./check.ts";
import type { FileInputs, FileState } from "./model.ts";
import { createFile, deleteFile, diffFile, putBackFile, readFile, updateFile } from "./operations.ts";

export const file = resourceOf<FileInputs, FileState>({
  manages: ({ instance, path, directory }) =>
    // Two resources may write directories into the same folder.
    directory === undefined ? { property: "path", of: ["file", instance, path] } : undefined,
  check: (_olds, news) => checkFile(news),
  diff: diffFile,
  create: createFile,
  read: outsOf(readFile),
  update: updateFile,
  delete: deleteFile,
  outcome: ({ path }) => `${path} is in place`,
  restorable: {
    in: ({ instance }) => instance,
    withoutUndone: (olds) => ({ ...olds, sha256: "" }),
    putBack: { while: "running", run: putBackFile },
  },
});
