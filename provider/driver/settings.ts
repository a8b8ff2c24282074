import { type CallOptions, type Driver, QUESTION_MS } from "./driver.ts";
import { callClient } from "./run.ts";

/**
 * Sets a value through the client's prompt. Needed for secrets, which must not appear in an argument list,
 * and for values with an equals sign, which `KEY=VALUE` cannot express.
 *
 * The prompt asks twice for a passphrase; prompts that ask once leave the second line unread. Source:
 * canonical/multipass `src/client/cli/cmd/set.cpp`, `src/client/common/prompters.cpp`.
 */
export async function setByPrompt(
  driver: Driver,
  key: string,
  value: string,
  options: CallOptions = {},
): Promise<void> {
  await callClient(driver, {
    args: ["set", key],
    label: `set ${key}`,
    input: `${value}\n${value}\n`,
    timeoutMs: options.timeoutMs ?? QUESTION_MS,
    signal: options.signal,
  });
}
