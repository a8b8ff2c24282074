import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { quote } from "../../provider/driver/guest-command.ts";
import { executable, type Hosts, prepare } from "./host-session.ts";

/** Ends every ssh to the host, but nothing on the host itself. */
const cutter = (folder: string) => `
for one in ${quote(folder)}/ends.*; do
  kill -9 $(cat "$one/pids" 2>/dev/null) 2>/dev/null
  rm -rf "$one"
done`;

/** Hosts behind a script in place of `ssh`, which runs a session for each call. */
export function standInHosts(dir: string, program: string): Hosts {
  const down = (name: string) => join(dir, "hosts", name, "down");
  const calls = join(dir, "calls");
  const cut = async (name: string) => void execFileSync(join(dir, "hosts", name, "cut"));
  executable(
    program,
    `while [ $# -gt 0 ]; do
  case "$1" in
    -o | -F | -i | -p | -l) shift 2 ;;
    --) shift; break ;;
    -*) shift ;;
    *) break ;;
  esac
done
host=\${1#*@}; shift
echo "$host" >>${quote(calls)}
folder=${quote(join(dir, "hosts"))}/$host
[ -d "$folder" ] || { echo "ssh: Could not resolve hostname $host: Name or service not known" >&2; exit 255; }
[ ! -f "$folder/down" ] || { echo "ssh: connect to host $host port 22: Connection refused" >&2; exit 255; }
ends="$folder/ends.$$"
mkdir "$ends" && mkfifo "$ends/out" "$ends/err"
cat <"$ends/out" & out=$!
cat <"$ends/err" >&2 & err=$!
trap 'kill $out $err; rm -rf "$ends"; exit 255' TERM
echo $$ $out $err >"$ends/pids"
exec 3<&0
"$folder/session" "$*" <&3 3<&- >"$ends/out" 2>"$ends/err" &
wait $!
code=$?
wait $out; wait $err
rm -rf "$ends"
exit $code`,
  );
  return {
    async add(name, surroundings = {}) {
      prepare(dir, name, surroundings, cutter(join(dir, "hosts", name)));
    },
    async down(name) {
      writeFileSync(down(name), "");
      await cut(name);
    },
    async up(name) {
      rmSync(down(name), { force: true });
    },
    cut,
    killSsh: cut,
    counts(name) {
      const sessions = readFileSync(calls, "utf8")
        .split("\n")
        .filter((one) => one === name).length;
      return { connections: Number.NaN, sessions };
    },
    close: async () => undefined,
  };
}
