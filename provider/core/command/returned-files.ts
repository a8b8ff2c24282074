import { devNull } from "node:os";
import { unpackTar } from "modern-tar";
import { MultipassError } from "../../driver/errors.ts";
import { quote } from "../../driver/guest-command.ts";
import { MIB } from "../../driver/size.ts";
import { Archive, Asset } from "../asset.ts";
import { NEEDS_SUDO, runScript } from "../guest.ts";
import { requireRunning } from "../instances.ts";
import type { Operation } from "../operation/operation.ts";
import { searches, selection } from "./globs.ts";
import type { CommandInputs, CommandState } from "./model.ts";

/** MiB of an archive with all returned files. They go into the state, which is written after every step. */
const MOST_MIB = 4;
const MOST_BYTES = MOST_MIB * MIB;

type Properties = "assetPaths" | "archivePaths";

/** Reads the files that `assetPaths` and `archivePaths` select, as the outputs `assets` and `archive`. */
export async function returnedFiles(
  op: Operation,
  inputs: CommandInputs,
): Promise<Pick<CommandState, "assets" | "archive">> {
  const { assetPaths, archivePaths } = inputs;
  if (!assetPaths && !archivePaths) return {};
  op.log.status("reading the files to return");
  const patterns = [...(assetPaths ?? []), ...(archivePaths ?? [])];
  const { wanted, contents } = await op.workIn(inputs.instance, async () => {
    await requireRunning(op, inputs.instance);
    return op.patiently(async () => {
      const all = await list(op, inputs, patterns);
      const found = {
        assetPaths: assetPaths ? all.filter(selection(assetPaths)) : [],
        archivePaths: archivePaths ? all.filter(selection(archivePaths)) : [],
      };
      const paths = [...new Set([...found.assetPaths, ...found.archivePaths])];
      return { wanted: found, contents: await read(op, inputs, paths) };
    });
  });
  const assetsOf = (property: Properties) =>
    Object.fromEntries(wanted[property].map((path) => [path, asset(property, path, contents.get(path))]));
  return {
    ...(assetPaths && { assets: assetsOf("assetPaths") }),
    ...(archivePaths && { archive: new Archive({ assets: assetsOf("archivePaths") }) }),
  };
}

/** The files that could match, sorted, with paths as patterns see them. */
async function list(op: Operation, inputs: CommandInputs, patterns: readonly string[]): Promise<string[]> {
  const looks = searches(patterns).map(({ from, depth }) => {
    const place = quote(from.startsWith("/") ? from : `./${from}`);
    const limit = depth === undefined ? "" : `-maxdepth ${depth} `;
    return `if sudo -n test -e ${place}; then sudo -n find ${place} ${limit}-xtype f -print0 2>/dev/null; fi`;
  });
  // Folders that vanish meanwhile are no failure.
  const script = [NEEDS_SUDO, ...looks, "true"].join("\n");
  const printed = await inWorkingDirectory(op, inputs, script);
  const paths = printed.split("\0").filter(Boolean);
  return [...new Set(paths.map((path) => path.replace(/^(?:\.\/+)+/, "").replace(/^\/+/, "/")))].sort();
}

/** The contents of files, by path. One call reads all of them, and never more than the limit. */
async function read(
  op: Operation,
  inputs: CommandInputs,
  paths: readonly string[],
): Promise<Map<string, Uint8Array>> {
  if (paths.length === 0) return new Map();
  const names = paths.map((path) => `${path.startsWith("/") ? path : `./${path}`}\0`).join("");
  const script = `sudo -n tar -c -h -P --hard-dereference --null -T - -f - | head -c ${MOST_BYTES + 1} | base64 -w 0`;
  const archive = Buffer.from(await inWorkingDirectory(op, inputs, script, names), "base64");
  if (archive.length > MOST_BYTES) {
    throw unreturnable(inputs, `match more than ${MOST_MIB} MiB of files, which is too much for a state`);
  }
  const found = await unpackTar(archive);
  const contents = new Map(
    found.map(({ header, data }) => [header.name.replace(/^\.\//, ""), data ?? new Uint8Array()]),
  );
  const missing = paths.find((path) => !contents.has(path));
  if (missing !== undefined) throw unreturnable(inputs, `match ${missing}, which could not be read`);
  return contents;
}

function inWorkingDirectory(op: Operation, inputs: CommandInputs, script: string, stdin?: string) {
  const { instance, workingDirectory } = inputs;
  return runScript(op, instance, script, { workingDirectory, stdin });
}

function asset(property: Properties, path: string, content: Uint8Array | undefined): Asset {
  // Pulumi's SDK for Node.js cannot take an asset with an empty text.
  if (!content || content.length === 0) return new Asset({ path: devNull });
  try {
    return new Asset({ text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content) });
  } catch {
    throw unreturnable(
      { [property]: [path] },
      `match ${path}, which is not a text in UTF-8, as an asset in a state must be`,
      `Let the command encode it, for instance with \`base64 ${path} > ${path}.b64\`, or copy it with \`multipass transfer\`.`,
    );
  }
}

function unreturnable(
  { assetPaths, archivePaths }: Partial<Pick<CommandInputs, Properties>>,
  details: string,
  remedy = "Select fewer files, or copy them with `multipass transfer`.",
): MultipassError {
  const properties = [assetPaths && "`assetPaths`", archivePaths && "`archivePaths`"].filter(Boolean);
  return new MultipassError("Unable to return the files of a command", {
    kind: "invalid-argument",
    details: `the command ran, but ${properties.join(" and ")} ${details}`,
    remedy,
  });
}
