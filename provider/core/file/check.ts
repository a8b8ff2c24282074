import { unreadable } from "../asset.ts";
import { type CheckResult, guestPath, validate } from "../check.ts";
import { hasUnknown, isUnknown } from "../unknown.ts";
import { type FileInputs, fileSchema } from "./model.ts";
import { folderHash, readFolder, readSource, sha256 } from "./source.ts";

/** Validates the arguments, reads the content, and adds its digest. */
export function checkFile(args: Record<string, unknown>): CheckResult<FileInputs> {
  const { inputs: given, failures } = validate(fileSchema, args);
  const inputs: FileInputs = given;
  const { path, mode, content, source, directory } = inputs;
  if ([content, source, directory].filter((one) => one !== undefined).length !== 1) {
    failures.push({
      property: "",
      reason: "Exactly one of content, source and directory must be set",
    });
  }
  const isSound = !failures.some(({ property }) => property === "path") && !isUnknown(path);
  if (isSound && directory === undefined && /(?:^|\/)\.{0,2}$/.test(path)) {
    failures.push({ property: "path", reason: "names a folder: add the name of the file" });
  }
  if (directory !== undefined && mode !== undefined) {
    failures.push({
      property: "mode",
      reason:
        "is for a single file; the files of a directory are 0755 where they can be executed here, else 0644",
    });
  }
  if (failures.length > 0) return { inputs, failures };
  if (!isUnknown(path)) inputs.path = guestPath(path);
  if (mode !== undefined && !isUnknown(mode)) inputs.mode = octal(mode);
  const digests = {
    source: () => sha256(readSource(source)),
    directory: () => folderHash(readFolder(directory ?? "")),
  };
  for (const property of ["source", "directory"] as const) {
    if (inputs[property] === undefined || hasUnknown(inputs[property])) continue;
    try {
      inputs.sourceHash = digests[property]();
    } catch (error) {
      failures.push(unreadable(property, error));
    }
  }
  return { inputs, failures };
}

/** `644` → `0644`. */
export function octal(mode: string): string {
  return mode.replace(/^0+/, "").padStart(4, "0");
}
