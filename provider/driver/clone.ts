import { type CallOptions, type Driver, STOP_MS } from "./driver.ts";
import { callClient } from "./run.ts";

/** Copies a stopped instance without its snapshots. The copy stays stopped. Multipass 1.15 and newer. */
export async function cloneInstance(
  driver: Driver,
  source: string,
  name: string,
  options: CallOptions = {},
): Promise<void> {
  await callClient(driver, {
    args: ["clone", "--name", name, source],
    timeoutMs: options.timeoutMs ?? STOP_MS,
    signal: options.signal,
  });
}
