import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A client in a folder that writes down each of its arguments, one a line, and answers with what it is given. */
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
