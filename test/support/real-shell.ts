import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { multipassOf } from "../../provider/core/multipass.ts";
import type { Surroundings } from "../../provider/core/operation/operation.ts";
import { systemClock } from "../../provider/driver/clock.ts";
import { surroundings } from "./operations.ts";

/** A Multipass whose only guest is this system: guest commands run with a real shell and real tools. */
const CLIENT = `#!/bin/sh
echo "$1" >> "$(dirname "$0")/calls"
case "$1" in
  list) echo '{"list":[{"name":"dev","state":"Running","ipv4":[],"release":""}]}' ;;
  exec) while [ "$1" != "--" ]; do shift; done; shift; exec "$@" ;;
  transfer) exec cat > "\${3#*:}" ;;
esac
`;
const SUDO = '#!/bin/sh\n[ "$1" = "-n" ] && shift\nexec "$@"\n';

export interface RealShell {
  dir: string;
  ctx: Surroundings;
  /** The client's subcommands so far. */
  calls(): string[];
}

/** Sets up such a Multipass for the tests of a suite. Skips them where guests' tools are missing. */
export function withRealShell(): RealShell {
  const path = process.env["PATH"];
  const shell = {
    dir: "",
    calls: () => readFileSync(join(shell.dir, "bin/calls"), "utf8").trim().split("\n"),
  } as RealShell;

  before(function () {
    // Multipass guests run Linux.
    if (process.platform !== "linux") this.skip();
    const dir = realpathSync(mkdtempSync(join(tmpdir(), "real shell's ")));
    mkdirSync(join(dir, "bin"));
    for (const [name, text] of [
      ["multipass", CLIENT],
      ["sudo", SUDO],
    ] as const) {
      writeFileSync(join(dir, "bin", name), text);
      chmodSync(join(dir, "bin", name), 0o755);
    }
    process.env["PATH"] = `${join(dir, "bin")}${delimiter}${path}`;
    shell.dir = dir;
    shell.ctx = surroundings(multipassOf(join(dir, "bin/multipass")), systemClock);
  });

  after(() => {
    process.env["PATH"] = path;
    if (shell.dir) rmSync(shell.dir, { recursive: true, force: true });
  });
  return shell;
}
