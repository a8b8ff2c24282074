import { constants } from "node:os";
import { execa } from "execa";
import { multipassOf } from "../../core/multipass.ts";
import { signalExit } from "../exit-codes.ts";

export interface ShellOptions {
  multipassPath?: string;
}

/**
 * Opens a shell in an instance.
 *
 * @param target its name in Multipass, or the URN or the logical name of its resource
 * @returns the exit code of the shell
 */
export async function shell(target: string, { multipassPath }: ShellOptions): Promise<number> {
  const { driver, ledger } = multipassOf(multipassPath);
  const name = nameOf(target, await ledger.entries());
  // Ctrl-C belongs to the shell, which gets it from the terminal itself.
  const ignore = () => undefined;
  process.on("SIGINT", ignore);
  const { exitCode, signal, cause, originalMessage } = await execa(driver.client, ["shell", "--", name], {
    stdio: "inherit",
    reject: false,
    env: { ...driver.env },
  }).finally(() => process.off("SIGINT", ignore));
  if (exitCode !== undefined) return exitCode;
  if (signal) return signalExit(constants.signals[signal as NodeJS.Signals]);
  throw new Error(`Unable to run ${driver.client}: ${originalMessage}`, { cause });
}

/** A target that the ledger does not know is left to Multipass. */
function nameOf(target: string, entries: readonly { name: string; owner: string }[]): string {
  if (entries.some(({ name }) => name === target)) return target;
  const found = entries.filter(({ owner }) => owner === target || owner.endsWith(`::${target}`));
  if (found.length > 1) {
    const choices = found.map(({ name, owner }) => `  ${name}  ${owner}`).join("\n");
    throw new Error(`"${target}" is the name of several resources. Name the instance:\n${choices}`);
  }
  if (!found[0] && target.startsWith("urn:"))
    throw new Error(
      `No instance is recorded for ${target}. \`pulumi-multipass status\` lists those that are.`,
    );
  return found[0]?.name ?? target;
}
