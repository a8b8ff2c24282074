import { type CallOptions, type Driver, QUESTION_MS } from "./driver.ts";
import { callClient } from "./run.ts";

/**
 * Sets a value by the client's prompt: for secrets, which no argument list may show, and for values with an equals sign, which the form
 * `KEY=VALUE` cannot hold.
 *
 * A passphrase is asked for twice; who asks once leaves the second line unread. Source: canonical/multipass
 * `src/client/cli/cmd/set.cpp`, `src/client/common/prompters.cpp`.
 */
export async function setByPrompt(
  driver: Driver,
  key: string,
  value: string,
  options: CallOptions = {},
): Promise<void> {
  await callClient(driver.client, {
    env: driver.env,
    args: ["set", key],
    label: `set ${key}`,
    input: `${value}\n${value}\n`,
    timeoutMs: options.timeoutMs ?? QUESTION_MS,
    signal: options.signal,
  });
}
