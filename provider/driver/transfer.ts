import { type CallOptions, type Driver, QUESTION_MS } from "./driver.ts";
import { callClient } from "./run.ts";

/**
 * Writes a file in a running guest as the guest's default user. An existing file keeps its owner and mode.
 *
 * Sends the content on stdin, since a snap's client can read neither /tmp nor hidden folders.
 */
export async function sendFile(
  driver: Driver,
  name: string,
  path: string,
  content: Uint8Array,
  options: CallOptions = {},
): Promise<void> {
  await callClient(driver, {
    args: ["transfer", "-", `${name}:${path}`],
    label: `transfer - ${name}:${path}`,
    input: content,
    timeoutMs: options.timeoutMs ?? QUESTION_MS,
    signal: options.signal,
  });
}
