import type { Command } from "commander";
import { bash } from "./bash.ts";
import { fish } from "./fish.ts";
import { completed } from "./model.ts";
import { zsh } from "./zsh.ts";

const SCRIPTS = { bash, zsh, fish };

export type Shell = keyof typeof SCRIPTS;

/** The script that teaches a shell to complete the program's command line. */
export function completionScript(program: Command, shell: Shell): string {
  return SCRIPTS[shell](program.commands.map(completed), completed(program).options);
}
