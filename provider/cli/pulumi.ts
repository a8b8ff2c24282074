import { execa } from "execa";

export async function askPulumi(
  args: readonly string[],
  { cwd, signal, purpose }: { cwd?: string | undefined; signal: AbortSignal; purpose: string },
): Promise<string> {
  const result = await execa("pulumi", [...args, "--non-interactive"], {
    reject: false,
    stdin: "ignore",
    cancelSignal: signal,
    ...(cwd === undefined ? {} : { cwd }),
  });
  if (result.exitCode === 0) return result.stdout;
  const missing = (result.cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT";
  const reason = missing ? "the pulumi CLI is not installed" : result.stderr || result.originalMessage;
  throw new Error(`Unable to ${purpose}: ${reason}`);
}
