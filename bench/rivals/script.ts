import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { namesOf, type Tool, type Wanted } from "./tool.ts";

const cannot = {
  refresh: "has no state",
  "one CPU more": "changes nothing",
} as const;

/** Launches what does not exist yet, so that it can be run again. */
const ensure = ({ cpus }: Wanted, name: string) =>
  `multipass info ${name} >/dev/null 2>&1 || multipass launch --name ${name} --cpus ${cpus} --memory 1G --disk 5G 24.04`;

function script(tool: Pick<Tool, "id" | "title" | "settings">, loop: (wanted: Wanted) => string): Tool {
  return {
    ...tool,
    needs: ["bash", "xargs"],
    write: (dir, wanted) => {
      const names = namesOf(wanted.count).join(" ");
      writeFileSync(join(dir, "up.sh"), `names="${names}"\n${loop(wanted)}\n`);
      writeFileSync(join(dir, "destroy.sh"), `multipass delete --purge ${names}\n`);
    },
    env: () => ({}),
    up: ["bash", "up.sh"],
    destroy: ["bash", "destroy.sh"],
    cannot,
  };
}

export const SCRIPTS: readonly Tool[] = [
  script(
    {
      id: "loop",
      title: "shell script, a loop",
      settings: "launches one after another what `multipass info` does not find",
    },
    (wanted) =>
      `failed=0\nfor name in $names; do\n  ${ensure(wanted, '"$name"')} || failed=1\ndone\nexit $failed`,
  ),
  script(
    { id: "xargs", title: "shell script, `xargs -P 10`", settings: "the same, ten at once" },
    (wanted) => `echo $names | xargs -n 1 -P 10 sh -c '${ensure(wanted, '"$0"')}'`,
  ),
];
