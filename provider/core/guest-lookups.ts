import { MultipassError } from "../driver/errors.ts";
import { quote } from "../driver/guest-command.ts";
import { MIB } from "../driver/size.ts";
import { checkCommand } from "./command/resource.ts";
import { runInGuest } from "./command/run.ts";
import { sha256 } from "./file/source.ts";
import { NEEDS_SUDO, runScript } from "./guest.ts";
import { requireRunning } from "./instances.ts";
import type { Operation } from "./operation/operation.ts";

/** MiB of a file that a lookup returns at most. */
const MOST_MIB = 4;
const MOST_BYTES = MOST_MIB * MIB;

/** A file of a guest as lookups show it. */
export interface FileLookup {
  /** The content as a text in UTF-8. */
  content: string;
  /** The content in base64, for a file that is not text. */
  contentBase64: string;
  /** SHA-256 digest of the content. */
  sha256: string;
}

/** What a command printed. */
export interface RunLookup {
  /** Standard output, without the final line break. */
  stdout: string;
  /** Standard error, without the final line break. */
  stderr: string;
}

/** Reads a file as root. The instance must run; a stopped one is not started for that. */
export async function readGuestFile(op: Operation, instance: string, path: string): Promise<FileLookup> {
  const place = quote(path);
  const script = `${NEEDS_SUDO}
sudo -n test -e ${place} || { echo absent; exit 0; }
sudo -n test -f ${place} || { echo other; exit 0; }
sudo -n head -c ${MOST_BYTES + 1} -- ${place} | base64 -w 0`;
  const answer = await op.workIn(instance, async () => {
    await requireRunning(op, instance);
    return op.patiently(() => runScript(op, instance, script));
  });
  const printed = answer.trim();
  if (printed === "absent") throw unreadable("there is no such file");
  if (printed === "other") throw unreadable("it is not a file");
  const bytes = Buffer.from(printed, "base64");
  if (bytes.length > MOST_BYTES)
    throw unreadable(`it has more than ${MOST_MIB} MiB`, "Copy it with `multipass transfer`.");
  return { content: bytes.toString(), contentBase64: bytes.toString("base64"), sha256: sha256(bytes) };
}

function unreadable(details: string, remedy?: string): MultipassError {
  return new MultipassError("Unable to read a file", { kind: "command-failed", details, remedy });
}

/** Runs a command, given as the arguments of a `Command`, in an instance that runs. */
export async function runForOutput(
  op: Operation,
  { command, ...rest }: Record<string, unknown>,
): Promise<RunLookup> {
  const { inputs, failures } = checkCommand({ ...rest, create: command, owner: "" });
  const [failure] = failures;
  if (failure) {
    throw new MultipassError("Unable to run a command", {
      kind: "invalid-argument",
      details: `${failure.property.replace(/^create/, "command")} ${failure.ifSecret?.reason ?? failure.reason}`,
    });
  }
  // Errors call the command by the name of the lookup's argument.
  const named = { command, ...inputs, logging: "none" as const };
  const { stdout, stderr } = await runInGuest(op, named, inputs.create, undefined, true);
  return { stdout, stderr };
}
