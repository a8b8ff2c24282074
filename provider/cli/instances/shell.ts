import { constants } from "node:os";
import { execa } from "execa";
import { multipassOf } from "../../core/multipass.ts";
import { signalExit } from "../exit-codes.ts";
import { sourcesOf } from "./owned.ts";

export interface ShellOptions {
  multipassPath?: string;
  host?: string;
}

/** Opens a shell. @param target name of an instance, or its resource's URN or name. @returns the exit code */
export async function shell(target: string, options: ShellOptions): Promise<number> {
  const { name, driver } = await instanceOf(target, options);
  const { program, args } = driver.inTerminal(["shell", "--", name], process.stdin.isTTY);
  // Ctrl-C belongs to the shell, which gets it from the terminal itself.
  const ignore = () => undefined;
  process.on("SIGINT", ignore);
  const { exitCode, signal, cause, originalMessage } = await execa(program, args, {
    stdio: "inherit",
    reject: false,
    env: { ...driver.env },
  }).finally(() => process.off("SIGINT", ignore));
  if (exitCode !== undefined) return exitCode;
  if (signal) return signalExit(constants.signals[signal as NodeJS.Signals]);
  throw new Error(`Unable to run ${program}: ${originalMessage}`, { cause });
}

/** A target that the ledger does not know is left to Multipass. */
async function instanceOf(target: string, { multipassPath, host }: ShellOptions) {
  const sources = (await sourcesOf(multipassPath)).filter((one) => host === undefined || one.host === host);
  const entries = sources.flatMap(({ host, multipass: { driver }, entries }) =>
    [...entries.values()].map(({ name, owner }) => ({ name, owner, host, driver })),
  );
  const named = entries.filter(({ name }) => name === target);
  const found =
    named.length > 0
      ? named
      : entries.filter(({ owner }) => owner === target || owner.endsWith(`::${target}`));
  if (found.length > 1) {
    const choices = found
      .map(({ name, owner, host }) => `  ${name}${host === undefined ? "" : ` --host ${host}`}  ${owner}`)
      .join("\n");
    throw new Error(`"${target}" is the name of several resources. Name the instance:\n${choices}`);
  }
  if (!found[0] && target.startsWith("urn:"))
    throw new Error(
      `No instance is recorded for ${target}. \`pulumi-multipass status\` lists those that are.`,
    );
  return found[0] ?? { name: target, driver: multipassOf(multipassPath, undefined, host).driver };
}
