import { HOST_ERRORS, isMultipassError, MultipassError } from "../../driver/errors.ts";
import { guestInvocation } from "../../driver/guest-command.ts";
import { withoutLogRecords } from "../../driver/output.ts";
import { LEFT_OUT } from "../../driver/process.ts";
import { requireRunning } from "../instances.ts";
import { type Deadline, formatSeconds } from "../operation/deadline.ts";
import type { Operation } from "../operation/operation.ts";
import { redaction } from "../redact.ts";
import { LiveOutput } from "./live-output.ts";
import type { CommandInputs, CommandLine, CommandState } from "./model.ts";

export type Outcome = Pick<CommandState, "stdout" | "stderr" | "exitCode">;

/** Characters of a failed command's output that the error shows. */
const SHOWN = 4_000;
/** Characters before that cut that are searched for secrets, in addition to the length of a secret. */
const SEARCHED = 64_000;
/** Characters that one character can become when encoded: `%E2%98%83` is a snowman in a URL. */
const LONGEST_FORM = 9;

/**
 * Runs one command exactly once, in an instance that is already running. Retries only while it cannot have
 * begun.
 *
 * @param previous the last run's result, for the command's environment
 * @param isWhole whether a long output is refused instead of shortened. It is then not shown while the
 *   command runs
 * @throws MultipassError of kind `command-failed` if the exit code is not accepted
 */
export async function runInGuest(
  op: Operation,
  inputs: CommandInputs,
  command: CommandLine,
  previous: Outcome | undefined,
  isWhole = false,
): Promise<Outcome> {
  const { instance, stdin, workingDirectory, acceptedExitCodes = [0] } = inputs;
  const environment = {
    ...(previous && inputs.addPreviousOutputInEnv !== false
      ? { PULUMI_COMMAND_STDOUT: previous.stdout, PULUMI_COMMAND_STDERR: previous.stderr }
      : {}),
    ...inputs.environment,
  };
  const { interpreter = [] } = inputs;
  const words = typeof command === "string" && interpreter.length > 0 ? [...interpreter, command] : command;
  const { args, input } = guestInvocation({ command: words, environment, stdin, workingDirectory });
  const live = new LiveOutput(op.log, inputs);
  const attempt = async () => {
    await requireRunning(op, instance);
    op.countdown("running");
    const onOutput = isWhole ? {} : { onOutput: live.take };
    return op.multipass.driver.exec(instance, args, { input, ...onOutput, ...op.rest });
  };
  // Each try takes the lock anew: a wait between tries should not keep others from stopping the instance.
  const result = await op
    .retry(() => op.workIn(instance, attempt), {
      retryable: cannotHaveBegun,
      onWait: ({ error }) => op.log.status(`waiting for the guest: ${error.brief}`),
    })
    .catch((error) => {
      throw isMultipassError(error, "call-timeout") ? outOfTime(op.deadline) : error;
    })
    .finally(() => live.end());
  if (!acceptedExitCodes.includes(result.exitCode)) throw failure({ ...previous, ...inputs }, result);
  return {
    stdout: withoutFinalNewline(result.stdout),
    stderr: withoutFinalNewline(withoutLogRecords(result.stderr)),
    exitCode: result.exitCode,
  };
}

/** Errors from before the guest ran anything. After a broken connection, the outcome is unknown. */
function cannotHaveBegun(error: MultipassError): boolean {
  return isMultipassError(error, ...HOST_ERRORS, "guest-unreachable", "guest-access-denied");
}

function outOfTime(deadline: Deadline): MultipassError {
  return new MultipassError("The command did not end in time", {
    kind: "deadline",
    details: `still running after ${formatSeconds(deadline.total)}`,
    remedy: "Give it more time with `timeouts`. It may still be running in the guest.",
  });
}

/** @param known what the command may print: its arguments, and the last run's output */
function failure(known: object, result: Outcome): MultipassError {
  const all = [result.stderr, result.stdout].map((text) => text.trim()).find((text) => text !== "") ?? "";
  // A secret that is cut in two is not found, so whatever may be the end of one is left out.
  const longest = LONGEST_FORM * JSON.stringify(known).length;
  const searched = (all.split(LEFT_OUT).at(-1) ?? "").slice(-SEARCHED - longest);
  const said = redaction(known)(searched).slice(searched.length < all.length ? longest : 0);
  const shown = said.length > SHOWN ? `…${said.slice(-SHOWN)}` : said;
  return new MultipassError("The command failed", {
    kind: "command-failed",
    details: `exit code ${result.exitCode}${shown === "" ? "" : `\n${shown}`}`,
    remedy: result.exitCode === 127 ? "The guest has no such program. Install it first." : undefined,
  });
}

function withoutFinalNewline(text: string): string {
  return text.replace(/\r?\n$/, "");
}
