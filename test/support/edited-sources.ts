import assert from "node:assert/strict";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import ts from "typescript";

const repository = join(import.meta.dirname, "../..");

/** Adds text before a place in a file of the repository. Without a place, it makes a new file. */
export type Edit = [file: string, before: string | undefined, added: string];

function contentOf(file: string, edits: readonly Edit[]): string {
  const own = edits.filter(([one]) => one === file);
  const isNew = own.some(([, before]) => before === undefined);
  return own.reduce(
    (text, [, before, added]) => {
      if (before === undefined) return added;
      assert.equal(text.split(before).length, 2, `"${before}" must be in ${file} exactly once`);
      return text.replace(before, () => `${added}${before}`);
    },
    isNew ? "" : readFileSync(join(repository, file), "utf8"),
  );
}

/** Compiles the sources as they would be after some edits. */
export class EditedSources {
  readonly #roots: readonly string[];
  readonly #options: ts.CompilerOptions;
  readonly #unchanged = new Map<string, ts.SourceFile | undefined>();
  #last: ts.Program | undefined;

  constructor(...roots: string[]) {
    this.#roots = roots.map((file) => join(repository, file));
    const { config } = ts.readConfigFile(join(repository, "tsconfig.json"), ts.sys.readFile);
    this.#options = ts.parseJsonConfigFileContent(config, ts.sys, repository).options;
  }

  /** The compiler's output, one entry per error. */
  complaints(...edits: Edit[]): string[] {
    const files = new Map(edits.map(([file]) => [join(repository, file), contentOf(file, edits)]));
    const host = ts.createCompilerHost(this.#options);
    const read = host.getSourceFile.bind(host);
    host.getSourceFile = (path, language) => {
      const text = files.get(path);
      if (text !== undefined) return ts.createSourceFile(path, text, language);
      if (!this.#unchanged.has(path)) this.#unchanged.set(path, read(path, language));
      return this.#unchanged.get(path);
    };
    const { fileExists } = host;
    host.fileExists = (path) => files.has(path) || fileExists(path);
    // Without it the compiler looks into the folders of new files, too.
    delete host.directoryExists;
    this.#last = ts.createProgram(this.#roots, this.#options, host, this.#last);
    return ts.getPreEmitDiagnostics(this.#last).map(({ file, messageText }) => {
      const message = ts.flattenDiagnosticMessageText(messageText, " ");
      return [file?.fileName.slice(repository.length + 1), message].join(": ");
    });
  }
}

/**
 * Runs a test on a copy of `provider/` with some edits.
 *
 * @param use receives a function that imports a file of the copy
 */
export async function onEditedCopy(
  edits: readonly Edit[],
  // biome-ignore lint/suspicious/noExplicitAny: the types of the copy are those of no file here
  use: (load: (file: string) => Promise<any>) => Promise<void>,
): Promise<void> {
  const copy = realpathSync(mkdtempSync(join(tmpdir(), "multipass-copy-")));
  try {
    for (const one of ["node_modules", "package.json"]) symlinkSync(join(repository, one), join(copy, one));
    cpSync(join(repository, "provider"), join(copy, "provider"), { recursive: true });
    for (const file of new Set(edits.map(([one]) => one))) {
      mkdirSync(dirname(join(copy, file)), { recursive: true });
      writeFileSync(join(copy, file), contentOf(file, edits));
    }
    await use((file) => import(join(copy, file)));
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Fails unless ARCHITECTURE.md's table names the place of every edit for a task. */
export function assertTableNames(task: string, edits: readonly Edit[]): void {
  const table = readFileSync(join(repository, "ARCHITECTURE.md"), "utf8");
  const row = table.split("\n").find((line) => line.startsWith(`| ${task} |`)) ?? "";
  for (const [file] of edits) {
    const named = file.replace(/^provider\//, "").replace(/\bnote\b/, "NAME");
    assert.ok(row.includes(named), `the row "${task}" of ARCHITECTURE.md does not name ${named}`);
  }
}
