import type { Command } from "commander";
import { bash } from "./bash.ts";
import { fish } from "./fish.ts";
import { completedCommands, globalOptions } from "./model.ts";
import type { SHELLS } from "./shells.ts";
import { zsh } from "./zsh.ts";

/** The script that teaches a shell to complete the program's command line. */
export function completionScript(program: Command, shell: (typeof SHELLS)[number]): string {
  return { bash, zsh, fish }[shell](completedCommands(program), globalOptions(program));
}
