import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A client that records its arguments in a folder, one per line, and prints the given answer. */
export function recorder(folder: string, answer = "{}"): { client: string; args: () => string[] } {
  const client = join(folder, "multipass");
  writeFileSync(join(folder, "answer"), answer);
  writeFileSync(
    client,
    `#!/bin/sh\nfor a in "$@"; do printf '%s\\n' "$a" >> '${folder}/args'; done\ncat '${folder}/answer'\n`,
  );
  chmodSync(client, 0o755);
  return { client, args: () => readFileSync(join(folder, "args"), "utf8").trimEnd().split("\n") };
}
