import { checkFile } from "../lifecycle/file/check.ts";
import type { FileInputs, FileState } from "../lifecycle/file/model.ts";
import {
  createFile,
  deleteFile,
  diffFile,
  putBackFile,
  readFile,
  updateFile,
} from "../lifecycle/file/operations.ts";
import { operationsOf } from "./operations.ts";

export const file = operationsOf<FileInputs, FileState>({
  check: (_olds, news) => checkFile(news),
  diff: diffFile,
  create: createFile,
  read: readFile,
  update: updateFile,
  delete: deleteFile,
  outcome: ({ path }) => `${path} is in place`,
  restorable: {
    in: ({ instance }) => instance,
    withoutUndone: (olds) => ({ ...olds, sha256: "" }),
    putBack: { while: "running", run: putBackFile },
  },
});
