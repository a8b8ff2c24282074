import { constants } from "node:os";
import { CommanderError } from "commander";
import { EXIT, signalExit } from "./exit-codes.ts";
import { buildProgram } from "./program.ts";
import { painter } from "./terminal.ts";

const interrupt = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => interrupt.abort(name));

// The reader may close the pipe (`| head`); that is not an error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(EXIT.ok);
});

const program = buildProgram(async (command) => {
  const exitCode = await command(interrupt.signal);
  const { aborted, reason } = interrupt.signal;
  const broken = aborted && exitCode !== EXIT.ok;
  process.exitCode = broken ? signalExit(constants.signals[reason as NodeJS.Signals]) : exitCode;
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has already printed the error. Help and version end here too, with 0.
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  } else {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${painter(process.stderr)("red", "error:")} ${message}\n`);
    process.exitCode = EXIT.failed;
  }
}
